namespace Weft.Host.Config;

/// <summary>A multicast route between segments.</summary>
public sealed record MulticastRoutePlan
{
    /// <summary>The group.</summary>
    public required TunnelAddress Group { get; init; }

    /// <summary>The source; null for all that have no route of their own.</summary>
    public TunnelAddress? Source { get; init; }

    /// <summary>Index of the segment where the data must arrive.</summary>
    public required int From { get; init; }

    /// <summary>Indices of the segments whose listeners get it.</summary>
    public required IReadOnlyList<int> To { get; init; }

    /// <summary>Scope: frames with a greater TTL or hop limit are routed, 1 to 254.</summary>
    public byte TtlThreshold { get; init; } = 1;
}
