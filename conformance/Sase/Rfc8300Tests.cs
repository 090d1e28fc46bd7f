using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>The service leg by the rules of NSH, Geneve and VXLAN, with bytes that Open vSwitch, tcpdump's tests and the Linux kernel made.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class Rfc8300Tests
{
    private const uint Vni = 0x1234;

    [Theory]
    [InlineData(63, 62)]
    [InlineData(2, 1)]
    [InlineData(0, 63)]
    public void Rfc8300_Section2_2_the_hops_of_the_service_plane_are_counted_and_none_means_63(byte received, byte sent)
    {
        using ManagedServiceNode node = Alone(out PopOptions options);
        SaseVerdict verdict = TunnelPackets.Offer(node, options, TunnelPackets.Nsh(options, 0, Vni, Inspected(), received), out byte[] back);
        Assert.Equal(SaseAction.ToTunnel, verdict.Action);
        Assert.True(NshView.TryParse(back.AsSpan(36), out NshView nsh));
        Assert.Equal((sent, 254, Vni), (nsh.TimeToLive, nsh.ServiceIndex, nsh.ServicePath));
    }

    [Fact]
    public void Rfc8300_Section2_2_without_a_hop_left_it_is_dropped() => Refused(SaseDrop.NshTtl, options => TunnelPackets.Nsh(options, 0, Vni, Inspected(), timeToLive: 1));

    [Theory]
    [InlineData(254)]
    [InlineData(0)]
    public void Rfc8300_Section2_3_a_service_index_that_leads_nowhere_is_dropped(byte index) =>
        Refused(SaseDrop.NshPath, options => TunnelPackets.Nsh(options, 0, Vni, Inspected(), index: index));

    [Fact]
    public void Rfc8300_Section2_3_a_service_path_that_leads_nowhere_is_dropped() => Refused(SaseDrop.NshPath, options => TunnelPackets.Nsh(options, 0, Vni, Inspected(), path: 7));

    [Fact]
    public void Rfc8300_Section2_2_operations_packets_are_not_the_tenants() => Refused(SaseDrop.Control, options => TunnelPackets.Nsh(options, 0, Vni, Inspected(), oam: true));

    [Theory]
    [InlineData("00060101000309070000000100000002000000030000000400000000")] // next protocol IPv4
    [InlineData("0fc5010300123400112233445566778899aabbccddeeff00")] // metadata type 1 that is not six words long
    [InlineData("0fc60f03001234ff112233445566778899aabbccddeeff00")] // metadata type 15
    [InlineData("4fc60103001234ff112233445566778899aabbccddeeff00")] // version 1
    public void Rfc8300_Section2_what_no_header_says_is_dropped(string header)
    {
        using ManagedServiceNode node = Alone(out PopOptions options);
        byte[] packet = Carrying(options, Convert.FromHexString("0c00000400123400"), Convert.FromHexString(header));
        Assert.Contains(TunnelPackets.Offer(node, options, packet, out _).Drop, (SaseDrop[])[SaseDrop.NshMalformed, SaseDrop.UnknownPayload]);
    }

    [Fact]
    public void Rfc8300_Section2_5_1_metadata_of_type_2_is_forwarded_and_comes_back_as_it_came()
    {
        // The header of tcpdump's tests/nsh-over-vxlan-gpe.pcap, whose variable metadata nobody here knows, with an Ethernet frame as what follows.
        using ManagedServiceNode node = Alone(out PopOptions options);
        byte[] nsh = Convert.FromHexString("0fc60203001234ff" + "0001020112345678" + "0002030112345678");
        byte[] packet = Carrying(options, Convert.FromHexString("0c00000400123400"), [.. nsh, .. TunnelPackets.Frame(options, Inspected())]);
        Assert.Equal(SaseAction.ToTunnel, TunnelPackets.Offer(node, options, packet, out byte[] back).Action);
        Assert.True(NshView.TryParse(back.AsSpan(36), out NshView view));
        Assert.Equal((2, 62, 254), (view.MetadataType, view.TimeToLive, view.ServiceIndex));
        Assert.Equal(nsh.AsSpan(8), view.Context);
    }

    [Fact]
    public void Rfc8300_Section2_5_2_metadata_of_type_2_may_be_empty_and_no_length_below_that_is_one()
    {
        foreach ((string header, bool taken) in ((string, bool)[])[("0fc20203001234ff", true), ("0fc10203001234ff", false), ("0fc00203001234ff", false)])
        {
            using ManagedServiceNode node = Alone(out PopOptions options);
            byte[] packet = Carrying(options, Convert.FromHexString("0c00000400123400"), [.. Convert.FromHexString(header), .. TunnelPackets.Frame(options, Inspected())]);
            Assert.Equal(taken ? SaseDrop.None : SaseDrop.NshMalformed, TunnelPackets.Offer(node, options, packet, out _).Drop);
        }
    }

    [Fact]
    public void A_packet_that_Open_vSwitch_encapsulated_with_NSH_is_taken()
    {
        // TTL 63, path 0x1234, index 255, an Ethernet header of its own in front: what ovs-vswitchd 3.1 sends for encap(nsh(md_type=1)).
        using ManagedServiceNode node = Alone(out PopOptions options);
        byte[] transport = Convert.FromHexString("02000000000102000000000b894f");
        byte[] nsh = Convert.FromHexString("0fc60103001234ff" + "00000100" + "0000000055667788" + "99aabbcc");
        byte[] packet = Carrying(options, Convert.FromHexString("0c00000300123400"), [.. transport, .. nsh, .. TunnelPackets.Frame(options, Inspected())]);
        SaseVerdict verdict = TunnelPackets.Offer(node, options, packet, out byte[] back);
        Assert.Equal((SaseAction.ToTunnel, SaseDrop.None), (verdict.Action, verdict.Drop));
        Assert.True(NshView.TryParse(back.AsSpan(36 + 14), out NshView view));
        Assert.Equal((62, 254), (view.TimeToLive, view.ServiceIndex));
        Assert.Equal("0000000055667788" + "99aabbcc", Convert.ToHexStringLower(view.Context[4..]));
    }

    [Fact]
    public void Rfc8926_Section3_5_options_that_are_not_known_come_back_as_they_came()
    {
        // Three options of class 0x0108 in the bytes of Open vSwitch 3.1; the middle of the header is what a load balancer's appliance has to echo.
        using ManagedServiceNode node = Alone(out PopOptions options, ServiceEncapsulation.Geneve);
        byte[] geneve = Convert.FromHexString("0800655800123400" + "0108010211223344556677880108020299aabbccddeeff0001080301cafebabe");
        byte[] packet = TunnelPackets.Outer(options.Gateways[0], options.Nodes[0], GeneveHeader.Port, [.. geneve, .. TunnelPackets.Frame(options, Inspected())]);
        SaseVerdict verdict = TunnelPackets.Offer(node, options, packet, out byte[] back);
        Assert.Equal(SaseAction.ToTunnel, verdict.Action);
        Assert.Equal(geneve, back.AsSpan(28, geneve.Length).ToArray());
        Assert.Equal((options.Nodes[0], options.Gateways[0]), (IPv4Address.Read(back.AsSpan(12)), IPv4Address.Read(back.AsSpan(16))));
    }

    [Theory]
    [InlineData(0, 3, false)]
    [InlineData(2, 3, true)]
    [InlineData(1, 3, true)]
    public void Rfc6040_Section4_2_congestion_on_the_way_reaches_the_tenant_or_the_packet_does_not(int inner, int outer, bool delivered)
    {
        using ManagedServiceNode node = Alone(out PopOptions options, ServiceEncapsulation.Geneve);
        byte[] packet = Inspected();
        packet[1] = (byte)inner;
        SaseVerdict verdict = TunnelPackets.Offer(node, options, TunnelPackets.Geneve(options, 0, Vni, TunnelPackets.Mended(packet), tos: (byte)outer), out byte[] back);
        Assert.Equal(delivered ? SaseDrop.None : SaseDrop.Congestion, verdict.Drop);
        if (delivered)
        {
            byte[] tenant = back.AsSpan(28 + 28 + 14).ToArray();
            Assert.True(AddsUp(tenant));
            Assert.Equal((outer, outer), (tenant[1] & 3, back[1] & 3));
        }
    }

    [Fact]
    public void The_walk_through_a_node_is_the_kernels_walk()
    {
        // VXLAN in, forwarded, source NAT to 203.0.113.1, VXLAN out: the same packet through Linux (vxlan, forwarding, nftables snat), from its log.
        const string KernelIn = "4500002e00004000401106850a000000c6336407" + "04000035001a0000";
        const string KernelOut = "4500002e000040003f11d582cb007101c6336407" + "04000035001a0000";
        using ManagedServiceNode node = Alone(out PopOptions options, ServiceEncapsulation.Vxlan, public1: IPv4Address.Parse("203.0.113.1"));
        byte[] inner = Convert.FromHexString(KernelIn + new string('0', 36));
        SaseVerdict verdict = TunnelPackets.Offer(node, options, TunnelPackets.Vxlan(options, 0, Vni, inner), out byte[] sent);
        Assert.Equal(SaseAction.ToUplink, verdict.Action);
        byte[] kernel = Convert.FromHexString(KernelOut + new string('0', 36));

        // Which port is chosen is a translator's own affair.
        (sent[20], sent[21]) = (kernel[20], kernel[21]);
        Assert.Equal(Convert.ToHexStringLower(kernel), Convert.ToHexStringLower(sent));
    }

    [Fact]
    public void The_tenants_router_answers_ARP_for_its_own_address_and_no_other()
    {
        using ManagedServiceNode node = Alone(out PopOptions options, ServiceEncapsulation.Vxlan);
        foreach ((IPv4Address target, bool answered) in ((IPv4Address, bool)[])[(Router, true), (Site, false)])
        {
            byte[] frame = new byte[14 + ArpMessage.Length];
            var asker = new MacAddress(0x0200_0000_0009);
            _ = new EthernetHeader { Destination = MacAddress.Broadcast, Source = asker, EtherType = EtherType.Arp }.Write(frame);
            _ = new ArpMessage { Operation = ArpOperation.Request, SenderMac = asker, SenderAddress = Site, TargetAddress = target }.Write(frame.AsSpan(14));
            byte[] header = new byte[VxlanHeader.Length];
            _ = new VxlanHeader(Vni).Write(header);
            byte[] packet = TunnelPackets.Outer(options.Gateways[0], options.Nodes[0], VxlanHeader.Port, [.. header, .. frame]);
            SaseVerdict verdict = TunnelPackets.Offer(node, options, packet, out byte[] back);
            Assert.Equal(answered ? SaseAction.ToTunnel : SaseAction.Drop, verdict.Action);
            if (answered)
            {
                Assert.Equal(asker, MacAddress.Read(back.AsSpan(36)));
                Assert.True(ArpView.TryParse(back.AsSpan(50), out ArpView reply));
                Assert.Equal((ArpOperation.Reply, options.RouterMac, Router, Site), (reply.Operation, reply.SenderMac, reply.SenderAddress, reply.TargetAddress));
            }
        }
    }

    private static byte[] Inspected() => Udp(Site, 1234, IPv4Address.Parse("10.2.0.9"), 7);

    private static byte[] Carrying(PopOptions options, byte[] gpe, byte[] behind) => TunnelPackets.Outer(options.Gateways[0], options.Nodes[0], VxlanGpeHeader.Port, [.. gpe, .. behind]);

    private static void Refused(SaseDrop reason, Func<PopOptions, byte[]> make)
    {
        using ManagedServiceNode node = Alone(out PopOptions options);
        Assert.Equal(reason, TunnelPackets.Offer(node, options, make(options), out _).Drop);
        Assert.Equal(1, node.Counters.Drops[reason]);
    }

    private static ManagedServiceNode Alone(out PopOptions options, ServiceEncapsulation encapsulation = ServiceEncapsulation.Nsh, IPv4Address? public1 = null)
    {
        options = Pop.Base(2, 1) with { Encapsulation = encapsulation };
        using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = options, Gateway = 0, Segments = [new GatewaySegment(Vni, 0)], Start = Pop.Start });
        var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = options, Node = 0, Incarnation = 1, Start = Pop.Start });
        SegmentOptions tenant = Make(Vni);
        node.Configure([public1 is null ? tenant : tenant with { PublicAddresses = [public1.Value] }]);
        gateway.NodeUp(0);
        byte[] message = new byte[1400];
        for (int i = 0; i <= 400; i++)
        {
            Timestamp now = Pop.Start + TimeSpan.FromMilliseconds(i);
            node.Advance(now);
            gateway.Advance(now);
            while (gateway.TryTakeMessage(message, out int length, out _))
            {
                Assert.Equal(MessageVerdict.Accepted, node.Receive(message.AsSpan(0, length), options.Gateways[0], now));
            }
        }

        Assert.Equal(BundleRole.Active, node.RoleOf(0));
        return node;
    }
}
