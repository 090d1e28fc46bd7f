using Weft.Conformance.EncapTests;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>Open vSwitch (its userspace datapath) as the gateway of a service node: it makes tunnel packets, and takes apart those that come back.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class OpenVSwitchTests
{
    private const uint Vni = 1001;
    private const string Mac = "02:00:00:00:0a:01";
    private static readonly IPv4Address OpenVSwitch = IPv4Address.Parse("1.1.2.88");
    private static readonly IPv4Address Self = IPv4Address.Parse("1.1.2.92");

    [Fact]
    public void Its_Geneve_with_our_options_is_taken_and_it_takes_our_answers()
    {
        LiveRequirements.NeedPrograms("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl", "ovs-appctl");
        using ManagedServiceNode node = Owner(ServiceEncapsulation.Geneve, out PopOptions pop);
        using var peer = new OfflineSwitch("{class=0xfff5,type=0x1,len=4}->tun_metadata0,{class=0xfff5,type=0x2,len=8}->tun_metadata1");
        peer.AddFlow($"in_port=1,actions=set_field:{Vni}->tun_id,set_field:0x100->tun_metadata0,set_field:0x00000007cafebabe->tun_metadata1,output:2");
        // What comes back has the node's epoch, and the context as it was given.
        peer.AddFlow($"in_port=2,tun_id={Vni},tun_metadata0=0x{node.EpochOf(0).Value:x},tun_metadata1=0x7cafebabe,actions=output:1");
        Converse(peer, node, pop);
    }

    [Fact]
    public void Its_NSH_is_taken_and_it_takes_our_answers()
    {
        LiveRequirements.NeedPrograms("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl", "ovs-appctl");
        using ManagedServiceNode node = Owner(ServiceEncapsulation.Nsh, out PopOptions pop);
        using var peer = new OfflineSwitch("vxlan", "options:exts=gpe", "options:dst_port=4790");
        peer.AddFlow($"in_port=1,actions=encap(nsh(md_type=1)),set_field:{Vni}->nsh_spi,set_field:255->nsh_si,set_field:0x100->nsh_c1,set_field:0x00000007->nsh_c2,set_field:0xcafebabe->nsh_c3,"
            + $"encap(ethernet),set_field:{Mac}->dl_dst,set_field:{Vni}->tun_id,output:2");
        // The node is the one service of the path: it has counted the index down, and a hop.
        peer.AddFlow($"in_port=2,tun_id={Vni},dl_type=0x894f,nsh_spi={Vni},nsh_si=254,nsh_ttl=62,nsh_c1=0x{node.EpochOf(0).Value:x},nsh_c2=0x7,nsh_c3=0xcafebabe,actions=decap(),decap(),output:1");
        // What the Internet sent comes without an Ethernet header around NSH.
        Converse(peer, node, pop, answers: false);
    }

    [Fact]
    public void It_is_the_far_end_of_NSH_tunnels_without_an_Ethernet_header_around_it_in_both_directions()
    {
        LiveRequirements.NeedPrograms("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl", "ovs-appctl");
        using ManagedServiceNode node = Owner(ServiceEncapsulation.Nsh, out PopOptions pop);
        using var peer = new OfflineSwitch("vxlan", "options:exts=gpe", "options:dst_port=4790", "options:packet_type=ptap");
        peer.AddFlow($"in_port=1,actions=encap(nsh(md_type=1)),set_field:{Vni}->nsh_spi,set_field:255->nsh_si,set_field:0x100->nsh_c1,set_field:0x00000007->nsh_c2,set_field:0xcafebabe->nsh_c3,"
            + $"set_field:{Vni}->tun_id,output:2");

        // What was only inspected comes back a hop later, what the Internet sent begins its way here; both have been at the one service of the path.
        string back = $"in_port=2,packet_type=(1,0x894f),tun_id={Vni},nsh_mdtype=1,nsh_np=3,nsh_spi={Vni},nsh_si=254,nsh_c1=0x{node.EpochOf(0).Value:x},nsh_c2=0x7,nsh_c3=0xcafebabe";
        peer.AddFlow($"{back},nsh_ttl=62,actions=decap(),output:1");
        peer.AddFlow($"{back},nsh_ttl=63,actions=decap(),output:1");
        Converse(peer, node, pop);
        Assert.Equal(2, peer.Flows().Split('\n').Count(flow => flow.Contains("nsh_ttl", StringComparison.Ordinal) && flow.Contains("n_packets=1,", StringComparison.Ordinal)));
    }

    /// <summary>A packet to another site, which comes back on the same way; and a question to the Internet with its answer.</summary>
    private static void Converse(OfflineSwitch peer, ManagedServiceNode node, PopOptions pop, bool answers = true)
    {
        byte[] inspected = Udp(Site, 1, IPv4Address.Parse("10.2.0.5"), 2);
        peer.Receive("p1", TunnelPackets.Frame(pop, inspected));
        byte[] tunnelled = Assert.Single(Tunnels(peer, 1));
        Assert.Equal((SaseAction.ToTunnel, SaseDrop.None), Take(node, pop, tunnelled, out byte[] back));
        peer.Receive("p0", Outer(back));
        byte[] returned = Assert.Single(peer.Sent("p1"));
        Assert.Equal(pop.GatewayMac, MacAddress.Read(returned));
        Assert.Equal(Flow(inspected), Flow(returned[14..]));
        Assert.True(AddsUp(returned[14..]));
        Assert.Equal(inspected[8] - 1, returned[14 + 8]);

        byte[] question = Udp(Site, 1234, Remote, 53);
        peer.Receive("p1", TunnelPackets.Frame(pop, question));
        tunnelled = Tunnels(peer, 2)[1];
        Assert.Equal((SaseAction.ToUplink, SaseDrop.None), Take(node, pop, tunnelled, out byte[] sent));
        if (!answers)
        {
            return;
        }

        byte[] answer = [.. new byte[pop.Overhead], .. Udp(Remote, 53, Flow(sent).Source, Flow(sent).SourcePort)];
        SaseVerdict verdict = node.FromUplink(answer, pop.Overhead, answer.Length - pop.Overhead, TunnelPackets.Now);
        Assert.Equal(SaseAction.ToTunnel, verdict.Action);
        peer.Receive("p0", Outer(answer.AsSpan(verdict.Offset, verdict.Length).ToArray()));
        Assert.True(Wait.Until(() => peer.Sent("p1").Count == 2, TimeSpan.FromSeconds(30)));
        byte[] answered = peer.Sent("p1")[1];
        Assert.Equal(Flow(question).Reversed, Flow(answered[14..]));
        Assert.True(AddsUp(answered[14..]));
    }

    private static ManagedServiceNode Owner(ServiceEncapsulation encapsulation, out PopOptions pop)
    {
        pop = new PopOptions { Gateways = [OpenVSwitch], Nodes = [Self], Bundles = 1, Encapsulation = encapsulation, Seed = new HashSeed(1, 2), MtuBytes = 1600 };
        var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = pop, Node = 0, Incarnation = 1, Flows = 64, Start = Pop.Start });
        node.Configure([Make(Vni) with { Routes = [new SegmentRoute(default, SegmentRouteKind.Uplink), new SegmentRoute(IPv4Prefix.Parse("10.2.0.0/16"), SegmentRouteKind.Return)] }]);
        Assert.True(node.TryActivate(0, Epoch.None.Next(0)));
        return node;
    }

    /// <summary>Tunnel packets that it has sent, once there are so many; the rest is what a bridge says by itself.</summary>
    private static List<byte[]> Tunnels(OfflineSwitch peer, int count)
    {
        List<byte[]> tunnels = [];
        Assert.True(Wait.Until(() => (tunnels = [.. peer.Sent("p0").Where(frame => frame.Length > 42 && frame[12] == 8 && frame[13] == 0 && frame[23] == 17)]).Count >= count, TimeSpan.FromSeconds(30)), peer.Flows());
        return tunnels;
    }

    private static (SaseAction, SaseDrop) Take(ManagedServiceNode node, PopOptions pop, byte[] frame, out byte[] result)
    {
        SaseVerdict verdict = TunnelPackets.Offer(node, pop, frame[14..], out result);
        return (verdict.Action, verdict.Drop);
    }

    private static byte[] Outer(byte[] packet)
    {
        byte[] frame = new byte[14 + packet.Length];
        _ = new EthernetHeader { Destination = MacAddress.Parse(OfflineSwitch.Mac), Source = MacAddress.Parse("f8:bc:12:44:34:b6"), EtherType = EtherType.IPv4 }.Write(frame);
        packet.CopyTo(frame, 14);
        return frame;
    }
}
