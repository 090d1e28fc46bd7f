namespace Weft.Bridge;

/// <summary>The lists of a port or a segment, as places in <see cref="AccessFilterOptions.Lists"/>.</summary>
/// <param name="In">For what comes from the port, or into the segment from any port or tunnel; -1 for none.</param>
/// <param name="Out">For what leaves by the port, or out of the segment by any port; -1 for none.</param>
public readonly record struct AclBinding(int In, int Out)
{
    /// <summary>No lists.</summary>
    public static AclBinding None => new(-1, -1);

    /// <summary>True if there is a list.</summary>
    public bool IsAny => In >= 0 || Out >= 0;
}
