using Weft.Multicast;
using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>How a segment treats IP multicast.</summary>
public sealed record SegmentMulticastPlan
{
    /// <summary>False if multicast is flooded like broadcast; then nothing else here matters.</summary>
    public bool Snooping { get; init; }

    /// <summary>Where data goes that nobody joined.</summary>
    public UnregisteredPolicy Unregistered { get; init; }

    /// <summary>Address from which the switch queries IPv4 hosts; 0.0.0.0 for never.</summary>
    public IPv4Address QuerierIPv4 { get; init; }

    /// <summary>Link-local address from which the switch queries IPv6 hosts; :: for never.</summary>
    public IPv6Address QuerierIPv6 { get; init; }

    /// <summary>MAC address from which it queries and reports.</summary>
    public MacAddress QuerierMac { get; init; }

    /// <summary>Version of IGMP queries, 2 or 3.</summary>
    public int IgmpVersion { get; init; } = 3;

    /// <summary>Version of MLD queries, 1 or 2.</summary>
    public int MldVersion { get; init; } = 2;

    /// <summary>True if routers get one report of the switch for all hosts instead of theirs.</summary>
    public bool ProxyReporting { get; init; }

    /// <summary>Indices of ports behind which a router is, whatever is heard.</summary>
    public IReadOnlyList<int> RouterPorts { get; init; } = [];

    /// <summary>Tunnel peers behind which a router is; they are among the segment's peers.</summary>
    public IReadOnlyList<TunnelAddress> RouterPeers { get; init; } = [];

    /// <summary>True to send a group to those peers only from which it was joined, and reports to all of them; false to send to all.</summary>
    public bool OnlyJoinedPeers { get; init; }

    /// <summary>MAC address of what is routed into the segment.</summary>
    public MacAddress RouterMac { get; init; }

    /// <summary>Memberships that need no reports.</summary>
    public IReadOnlyList<StaticGroupPlan> Static { get; init; } = [];
}
