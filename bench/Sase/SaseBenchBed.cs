using Weft.Packets;
using Weft.Sase;

namespace Weft.Bench.Sase;

/// <summary>One node, eight tenants, 10,000 flows of datagrams of 64 bytes, in VXLAN as the kernel and Click take it.</summary>
internal static class SaseBenchBed
{
    public const int Tenants = 8;
    public const int Flows = 10_000;
    public const uint FirstVni = 1001;

    public static readonly IPv4Address Gateway = IPv4Address.Parse("10.99.0.1");
    public static readonly IPv4Address Node = IPv4Address.Parse("10.255.0.1");
    public static readonly IPv4Address Remote = IPv4Address.Parse("198.51.100.7");
    public static readonly MacAddress RouterMac = new(0x0253_4153_4501);
    public static readonly Timestamp Start = Timestamp.FromSeconds(1000);

    public static ManagedServiceNode Make(IServiceChain? chain = null)
    {
        var pop = new PopOptions { Gateways = [Gateway], Nodes = [Node], Encapsulation = ServiceEncapsulation.Vxlan, Bundles = 1, Seed = new HashSeed(1, 2), RouterMac = RouterMac };
        var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = pop, Node = 0, Incarnation = 1, Flows = 16_384, Chain = chain, Start = Start });
        node.Configure([.. Enumerable.Range(0, Tenants).Select(tenant => new SegmentOptions
        {
            Vni = FirstVni + (uint)tenant,
            Bundle = 0,
            Routes = [new SegmentRoute(default, SegmentRouteKind.Uplink)],
            Policy = new SegmentPolicy([new PolicyRule { Name = "dns", Allow = true, FromUplink = false, Protocol = IpProtocol.Udp, FirstPort = 53, LastPort = 53 }]),
            PublicAddresses = [new IPv4Address(0xCB00_7101u + (uint)tenant)],
        })]);
        _ = node.TryActivate(0, Epoch.None.Next(0));
        return node;
    }

    /// <summary>A tunnel packet of each flow, from its outer IP header on.</summary>
    public static byte[][] Packets() => [.. Enumerable.Range(0, Flows).Select(flow => Packet(FirstVni + (uint)(flow % Tenants), new IPv4Address(0x0A00_0000u + (uint)(flow / 100)), (ushort)(1024 + flow)))];

    /// <summary>A tunnel packet of a flow.</summary>
    public static byte[] Packet(uint vni, IPv4Address site, ushort port)
    {
        byte[] packet = new byte[28 + 8 + 14 + 46];
        _ = new IPv4Header { Source = Gateway, Destination = Node, Protocol = IpProtocol.Udp, PayloadLength = packet.Length - 20, DontFragment = true }.Write(packet);
        _ = new UdpHeader(50_000, VxlanHeader.Port, packet.Length - 28).Write(packet.AsSpan(20));
        _ = new VxlanHeader(vni).Write(packet.AsSpan(28));
        _ = new EthernetHeader { Destination = RouterMac, Source = new MacAddress(0x0200_0000_0A02), EtherType = EtherType.IPv4 }.Write(packet.AsSpan(36));
        Span<byte> udp = packet.AsSpan(70);
        _ = new UdpHeader(port, 53, udp.Length - 8).Write(udp);
        ushort checksum = InternetChecksum.ComputeUdp(udp, InternetChecksum.PseudoHeader(site, Remote, IpProtocol.Udp, udp.Length));
        _ = new UdpHeader(port, 53, udp.Length - 8, checksum).Write(udp);
        _ = new IPv4Header { Source = site, Destination = Remote, Protocol = IpProtocol.Udp, PayloadLength = udp.Length, DontFragment = true }.Write(packet.AsSpan(50));
        return packet;
    }
}
