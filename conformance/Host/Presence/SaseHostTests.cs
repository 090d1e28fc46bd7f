using Weft.Conformance.SaseTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.SasePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>A gateway and a service node, each as a whole switch.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class SaseHostTests
{
    [Fact]
    public void A_sites_packet_leaves_a_gateway_in_a_tunnel_and_what_the_node_sends_back_reaches_the_site()
    {
        using SwitchRig rig = Rig(Gateway());
        byte[] tunnelled = Assert.Single(Packets(rig.Pass(Web1, Framed(BlueMac, TestFrames.A, Udp(SasePlans.Site, 1234, Remote2, 53))).Out(Db)));
        Assert.Equal((IPv4Address.Parse("10.2.0.1"), SasePlans.Remote), (IPv4Address.Read(tunnelled.AsSpan(26)), IPv4Address.Read(tunnelled.AsSpan(30))));
        Assert.True(GeneveView.TryParse(tunnelled.AsSpan(42), out GeneveView geneve));
        Assert.Equal(TenantVni, geneve.Vni);
        Assert.Equal(new FlowKey4(SasePlans.Site, Remote2, IpProtocol.Udp, 1234, 53), Flow(geneve.Payload[14..].ToArray()));

        PopOptions pop = Point(rig).Pop;
        byte[] header = new byte[28];
        _ = new GeneveHeader(TenantVni).Write(header, TunnelPackets.Options(pop, new Epoch(0x200), 0));
        byte[] inner = Udp(Remote2, 53, SasePlans.Site, 1234);
        byte[] frame = new byte[14 + inner.Length];
        _ = new EthernetHeader { Destination = pop.GatewayMac, Source = pop.RouterMac, EtherType = EtherType.IPv4 }.Write(frame);
        inner.CopyTo(frame, 14);
        byte[] answer = TunnelPackets.Outer(pop.Nodes[0], pop.Gateways[0], GeneveHeader.Port, [.. header, .. frame]);
        byte[] delivered = Assert.Single(rig.Pass(Db, Framed(GreenMac, TestFrames.B, answer)).Out(Web1));
        Assert.Equal(TestFrames.A, MacAddress.Read(delivered));
        Assert.Equal(new FlowKey4(Remote2, SasePlans.Site, IpProtocol.Udp, 53, 1234), Flow(delivered[14..]));
        Assert.Equal(new Epoch(0x200), Point(rig).Gateway!.EpochOf(0));
        Balanced(rig);
    }

    [Fact]
    public void A_node_sends_a_tenants_packet_to_the_Internet_and_the_answer_into_the_tunnel()
    {
        using SwitchRig rig = Rig(Node());
        byte[] sent = Assert.Single(Packets(rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 53))).Out(Db)));
        FlowKey4 outside = Flow(sent[14..]);
        Assert.Equal((Public, SasePlans.Remote), (outside.Source, outside.Destination));
        Assert.Equal(TestFrames.B, MacAddress.Read(sent));

        byte[] back = Assert.Single(Packets(rig.Pass(Db, Framed(GreenMac, TestFrames.B, Udp(SasePlans.Remote, 53, Public, outside.SourcePort))).Out(Web1)));
        Assert.Equal((Members.Nodes[0], Members.Gateways[0]), (IPv4Address.Read(back.AsSpan(26)), IPv4Address.Read(back.AsSpan(30))));
        Assert.True(GeneveView.TryParse(back.AsSpan(42), out GeneveView geneve));
        Assert.Equal(new FlowKey4(SasePlans.Remote, SasePlans.Site, IpProtocol.Udp, 53, 1234), Flow(geneve.Payload[14..].ToArray()));
        Balanced(rig);
    }

    [Fact]
    public void A_new_flow_leaves_when_the_backup_has_acknowledged_it()
    {
        using SwitchRig rig = WithBackup(new CommitOptions());
        Assert.Empty(Packets(rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 53))).Out(Db)));
        Assert.Equal(1, rig.Switch.Snapshot().Sase!.CommitsWaiting);
        byte[] sent = Assert.Single(Packets(rig.Pass(Web1, Acknowledgement()).Out(Db)));
        Assert.Equal((Public, TestFrames.B), (Flow(sent[14..]).Source, MacAddress.Read(sent)));
        Assert.Equal((1L, 0, 0L), (rig.Switch.Snapshot().Sase!.CommitWaits, rig.Switch.Snapshot().Sase!.CommitsWaiting, rig.Switch.Snapshot().Sase!.CommitsUnconfirmed));
        Balanced(rig);
        Assert.Single(Packets(rig.Pass(Web1, FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 53))).Out(Db)));
    }

    [Fact]
    public void Only_the_owner_answers_ARP_for_a_public_address()
    {
        foreach (bool owner in (bool[])[true, false])
        {
            using SwitchRig rig = owner ? Rig(Node()) : Replaced();
            _ = rig.Out(Db);
            byte[] question = TestFrames.Arp(1, TestFrames.Broadcast, TestFrames.B, SasePlans.Remote, MacAddress.Zero, Public);
            byte[][] said = [.. rig.Pass(Db, question).Out(Db).Where(frame => frame[13] == 6 && frame[21] == 2)];
            Assert.Equal(owner ? 1 : 0, said.Length);
            Assert.All(said, reply => Assert.Equal((GreenMac, Public), (MacAddress.Read(reply.AsSpan(22)), IPv4Address.Read(reply.AsSpan(28)))));
        }
    }

    [Fact]
    public void A_later_fragment_that_came_first_is_sent_after_the_first_one()
    {
        using SwitchRig rig = Rig(Node());
        byte[][] pieces = Fragments(Udp(SasePlans.Site, 1, SasePlans.Remote, 2, payload: 100, dontFragment: false, id: 9), 48, 9);
        Assert.Empty(Packets(rig.Pass(Web1, FromGateway(pieces[1])).Out(Db)));
        byte[][] sent = Packets(rig.Pass(Web1, FromGateway(pieces[0])).Out(Db));
        Assert.Equal(2, sent.Length);
        Assert.All(sent, packet => Assert.Equal(Public, IPv4Address.Read(packet.AsSpan(26))));
        Balanced(rig);
    }

    [Fact]
    public void A_trace_says_whose_packet_it_is_and_what_became_of_it()
    {
        PacketTrace allowed = PacketTracer.Trace(Node(), "web1", FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 53)));
        Assert.Contains(allowed.Lines, line => line.Text.Contains("acme (VNI 1001): to the uplink, translated", StringComparison.Ordinal));
        PacketTrace refused = PacketTracer.Trace(Node(tenant => tenant with { Policy = new SegmentPolicy([]) }), "web1", FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 53)));
        Assert.Contains(refused.Lines, line => line.Text.Contains("acme (VNI 1001): refused: Policy", StringComparison.Ordinal));
        PacketTrace entered = PacketTracer.Trace(Gateway(), "web1", Framed(BlueMac, TestFrames.A, Udp(SasePlans.Site, 1234, Remote2, 53)));
        Assert.Contains(entered.Lines, line => line.Text.Contains("acme (VNI 1001): into the tunnel", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reload_keeps_flows_and_judges_them_by_the_new_policy()
    {
        using SwitchRig rig = Rig(Node());
        byte[] query = FromGateway(Udp(SasePlans.Site, 1234, SasePlans.Remote, 53));
        byte[] before = Assert.Single(Packets(rig.Pass(Web1, query).Out(Db)));
        rig.Switch.Apply(Node(tenant => tenant with { FlowQuota = 99 }), rig.Switch.Ports);
        byte[] after = Assert.Single(Packets(rig.Pass(Web1, query).Out(Db)));
        Assert.Equal(Flow(before[14..]), Flow(after[14..]));
        rig.Switch.Apply(Node(tenant => tenant with { Policy = new SegmentPolicy([]) }), rig.Switch.Ports);
        Assert.Empty(Packets(rig.Pass(Web1, query).Out(Db)));
        Assert.Equal(0, Point(rig).Node!.FlowCount);
    }

    private static readonly IPv4Address Remote2 = IPv4Address.Parse("198.51.100.7");

    /// <summary>IPv4 frames but for BFD, control messages and what is sent to nobody in particular.</summary>
    private static byte[][] Packets(List<byte[]> frames) => [.. frames.Where(frame => frame[12] == 8 && frame[13] == 0 && !(frame[23] == 17 && frame[36] << 8 == 0x0E00 && frame[37] == 0xC8) && !(frame[23] == 17 && (frame[36] << 8 | frame[37]) == 6082))];

    private static void Balanced(SwitchRig rig) => Assert.True(rig.Switch.Snapshot().Totals.Balanced, rig.Switch.Snapshot().Totals.ToString());
}
