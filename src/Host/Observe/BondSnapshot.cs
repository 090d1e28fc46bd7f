namespace Weft.Host.Observe;

/// <summary>Links that are used as one.</summary>
public sealed record BondSnapshot
{
    /// <summary>Name of the port that stands for them.</summary>
    public required string Name { get; init; }

    /// <summary>active, passive or static.</summary>
    public required string Mode { get; init; }

    /// <summary>Links that carry frames; 0 if there are fewer than there must be.</summary>
    public required int Usable { get; init; }

    /// <summary>Its links, those that are preferred first.</summary>
    public IReadOnlyList<BondLinkSnapshot> Links { get; init; } = [];
}
