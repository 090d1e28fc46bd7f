using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>vteps</c>.</summary>
internal sealed class VtepSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<string> Port { get; set; }

    public Setting<InterfaceAddress> Address { get; set; }

    public Setting<TunnelAddress> Gateway { get; set; }

    public Setting<MacAddress> Mac { get; set; }

    public Setting<TunnelKind> Encapsulation { get; set; }

    public Setting<int> UdpPort { get; set; }

    public Setting<NumberRange> SourcePorts { get; set; }

    public Setting<OuterChecksumPolicy> UdpChecksum { get; set; }

    public Setting<int> Dscp { get; set; }

    public Setting<Encap.DscpModel> DscpModel { get; set; }

    public Setting<int> Ttl { get; set; }

    public Setting<int> Mtu { get; set; }

    public PathMtuSection PathMtu { get; set; } = new();

    public FragmentationSection Fragmentation { get; set; } = new();

    public List<SecuritySection> Security { get; } = [];

    public List<NeighborSection> Neighbors { get; } = [];
}
