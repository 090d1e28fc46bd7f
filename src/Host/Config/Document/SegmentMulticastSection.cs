using Weft.Multicast;
using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>The group <c>multicast</c> of a segment.</summary>
internal sealed class SegmentMulticastSection : Section
{
    public Setting<bool> Snooping { get; set; }

    public Setting<UnregisteredPolicy> Unregistered { get; set; }

    public QuerierSection Querier { get; set; } = new();

    public Setting<bool> ProxyReporting { get; set; }

    public List<Setting<string>> RouterPorts { get; } = [];

    public List<Setting<TunnelAddress>> RouterPeers { get; } = [];

    public Setting<bool> OnlyJoinedPeers { get; set; }

    public Setting<MacAddress> RouterMac { get; set; }

    public List<StaticGroupSection> Static { get; } = [];
}
