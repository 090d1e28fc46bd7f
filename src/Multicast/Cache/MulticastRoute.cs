using Weft.Packets;

namespace Weft.Multicast;

/// <summary>A route of a group between segments. IPv4 addresses are mapped (<see cref="MulticastAddress"/>).</summary>
public sealed record MulticastRoute
{
    /// <summary>The group; neither 224.0.0.0/24 nor an IPv6 group of link scope.</summary>
    public required IPv6Address Group { get; init; }

    /// <summary>The source, or null for all that have no route of their own.</summary>
    public IPv6Address? Source { get; init; }

    /// <summary>Segment where the data must arrive: the way back to the source (reverse-path forwarding, RFC 1112 and RFC 7761 section 4.2).</summary>
    public required int Incoming { get; init; }

    /// <summary>Segments to route to; listeners there get it.</summary>
    public required IReadOnlyList<int> Outgoing { get; init; }

    /// <summary>
    /// Scope: a frame is routed if its TTL or hop limit is above this, 1 to 254. 1, the default, keeps what would arrive with 0.
    /// </summary>
    public byte TtlThreshold { get; init; } = 1;
}
