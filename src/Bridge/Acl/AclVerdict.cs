namespace Weft.Bridge;

/// <summary>What an <see cref="AccessFilter"/> decided.</summary>
/// <param name="Action">What becomes of the packet.</param>
/// <param name="Basis">Why.</param>
/// <param name="List">Place of the list; -1 if none was asked.</param>
/// <param name="Rule">Place of the rule in it; the number of rules for its default.</param>
public readonly record struct AclVerdict(AclAction Action, AclBasis Basis, int List = -1, int Rule = 0)
{
    /// <summary>True if the packet goes on.</summary>
    public bool Passes => Action == AclAction.Permit;
}
