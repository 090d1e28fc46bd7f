using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>routers[].interfaces</c>.</summary>
internal sealed class RouterInterfaceSection : Section
{
    public Setting<string> Segment { get; set; }

    public List<Setting<InterfaceAddress>> Addresses { get; } = [];

    public Setting<MacAddress> Mac { get; set; }

    public Setting<int> Mtu { get; set; }

    public Setting<ReversePathMode> ReversePath { get; set; }

    public Setting<ProxyMode> Proxy { get; set; }

    public DhcpRelaySection DhcpRelay { get; set; } = new();

    public List<NeighborSection> Neighbors { get; } = [];
}
