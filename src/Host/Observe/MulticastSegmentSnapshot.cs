using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>One address family of a segment that snoops.</summary>
public sealed record MulticastSegmentSnapshot
{
    /// <summary>The segment.</summary>
    public required string Segment { get; init; }

    /// <summary><c>ipv4</c> or <c>ipv6</c>.</summary>
    public required string Family { get; init; }

    /// <summary>Where data goes that nobody joined: <c>flood-until-querier</c>, <c>routers</c> or <c>flood</c>.</summary>
    public required string Unregistered { get; init; }

    /// <summary>Whether the switch queries.</summary>
    public required bool IsQuerier { get; init; }

    /// <summary>Address of somebody else who does; null if nobody is known.</summary>
    public TunnelAddress? OtherQuerier { get; init; }

    /// <summary>Seconds until the switch queries next, or until the other querier is presumed gone.</summary>
    public double QuerierSeconds { get; init; }

    /// <summary>Queries that the switch still sends in quick succession.</summary>
    public int StartupQueries { get; init; }

    /// <summary>Whether hosts had their time to answer a querier.</summary>
    public required bool IsSettled { get; init; }

    /// <summary>Seconds until they had.</summary>
    public double SettlesInSeconds { get; init; }

    /// <summary>Places behind which routers are.</summary>
    public IReadOnlyList<MulticastRouterSnapshot> Routers { get; init; } = [];
}
