using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>What one place listens to in one group.</summary>
public sealed record MulticastGroupSnapshot
{
    /// <summary>The segment.</summary>
    public required string Segment { get; init; }

    /// <summary>The group.</summary>
    public required TunnelAddress Group { get; init; }

    /// <summary>Local port; null for a tunnel peer.</summary>
    public string? Port { get; init; }

    /// <summary>Tunnel peer; null for a local port.</summary>
    public TunnelAddress? Peer { get; init; }

    /// <summary><c>include</c>: only the sources; <c>exclude</c>: all but the blocked ones.</summary>
    public required string Mode { get; init; }

    /// <summary>Seconds until mode <c>exclude</c> ends unless a host renews it.</summary>
    public double RemainingSeconds { get; init; }

    /// <summary>Sources that were asked for.</summary>
    public IReadOnlyList<MulticastSourceSnapshot> Sources { get; init; } = [];

    /// <summary>Sources that do not pass.</summary>
    public IReadOnlyList<TunnelAddress> Blocked { get; init; } = [];

    /// <summary>Whether it was configured.</summary>
    public bool IsStatic { get; init; }

    /// <summary>Hosts that are tracked.</summary>
    public IReadOnlyList<MulticastHostSnapshot> Hosts { get; init; } = [];

    /// <summary>Whether those are all there are.</summary>
    public bool HostsAreAll { get; init; }

    /// <summary>Seconds for which a host of IGMPv1 is presumed.</summary>
    public double Version1Seconds { get; init; }

    /// <summary>Seconds for which a host of IGMPv2 or MLDv1 is presumed.</summary>
    public double Version2Seconds { get; init; }
}
