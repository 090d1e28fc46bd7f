namespace Weft.Host.Observe;

/// <summary>How well an entity is segmented.</summary>
public sealed record QuotientSnapshot
{
    /// <summary><c>network</c>, <c>application</c> or <c>machine</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is part of; empty for the network.</summary>
    public required string Container { get; init; }

    /// <summary>0 to 100: 100 is fully segmented.</summary>
    public required double Quotient { get; init; }

    /// <summary>What it is made of; the points sum to the quotient.</summary>
    public IReadOnlyList<QuotientPartSnapshot> Parts { get; init; } = [];
}
