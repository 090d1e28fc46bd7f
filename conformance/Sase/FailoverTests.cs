using System.Reflection;
using System.Runtime.InteropServices;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase;
using Weft.Sase.Ownership;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>Nodes that fail, stand still, lose their way, or are taken out of use.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class FailoverTests
{
    private const uint Acme = 1001;
    private const uint Globex = 1002;

    [Fact]
    public void Established_and_half_open_flows_keep_their_public_endpoint_when_the_owner_dies()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> before);
        int owner = pop.ActiveOf(0);

        // One of the connections is answered; the others stay half-open.
        FlowKey4 established = Keys[^1], outside = before[established];
        _ = pop.FromInternet(owner, Tcp(Remote, outside.DestinationPort, outside.Source, outside.SourcePort, TcpFlags.Syn | TcpFlags.Ack));
        pop.Run(5);
        _ = Send(pop, [established], TcpFlags.Ack);
        pop.Run(5);
        int backup = pop.Nodes[owner].BackupOf(0);
        Assert.Equal((TcpState.Established, TcpState.SynOut), (StateOf(pop.Nodes[owner], established), StateOf(pop.Nodes[owner], Keys[^2])));
        Assert.Equal((TcpState.Established, TcpState.SynOut), (StateOf(pop.Nodes[backup], established), StateOf(pop.Nodes[backup], Keys[^2])));
        Epoch epoch = pop.Nodes[owner].EpochOf(0);
        pop.Kill(owner);
        pop.Run(35);
        pop.Run(5);
        Assert.Equal(outside, Assert.Single(Send(pop, [established], TcpFlags.Ack)).Value);
        Dictionary<FlowKey4, FlowKey4> after = Send(pop, before.Keys);
        Assert.Equal(before, after);
        int next = pop.ActiveOf(0);
        Assert.NotEqual(owner, next);
        Assert.True(pop.Nodes[next].EpochOf(0) > epoch);
    }

    [Fact]
    public void A_flow_whose_first_packet_is_the_owners_last_is_known_to_the_backup()
    {
        using Pop pop = Running(out _);
        int owner = pop.ActiveOf(0);
        Dictionary<FlowKey4, FlowKey4> born = Send(pop, [new FlowKey4(Site, Remote, IpProtocol.Tcp, 4444, 80)], TcpFlags.Syn, wait: 1);
        pop.Run(1);
        pop.Kill(owner);
        pop.Run(40);
        Assert.Equal(born, Send(pop, born.Keys, TcpFlags.Syn));
    }

    [Fact]
    public void The_time_without_a_node_is_the_detection_time_and_a_few_milliseconds()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        FlowKey4 probe = flows.Keys.First(key => key.Protocol == IpProtocol.Udp);
        int owner = pop.ActiveOf(0);
        var arrived = new List<Timestamp>();
        pop.OnUplink = (_, _, _) => arrived.Add(pop.Now);
        Timestamp died = default;
        for (int i = 0; i < 200; i++)
        {
            _ = pop.FromSite(0, Acme, PacketOf(probe));
            pop.Run(1);
            if (i == 50)
            {
                pop.Kill(owner);
                died = pop.Now;
            }
        }

        TimeSpan gap = arrived.First(at => at > died + TimeSpan.FromMilliseconds(2)) - arrived.Last(at => at <= died + TimeSpan.FromMilliseconds(2));
        Assert.InRange(gap, TimeSpan.FromMilliseconds(20), Pop.Detection + TimeSpan.FromMilliseconds(8));
    }

    [Fact]
    public void Who_stood_still_does_nothing_until_a_gateway_says_that_it_is_still_the_owner()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        int owner = pop.ActiveOf(0);

        // Long enough for the node to notice, too short for the others.
        pop.Pause(owner, 28);
        pop.Run(29);
        Assert.Equal(BundleRole.Suspended, pop.Nodes[owner].RoleOf(0));
        pop.Run(5);
        Assert.Equal(BundleRole.Active, pop.Nodes[owner].RoleOf(0));
        Assert.Equal(flows, Send(pop, flows.Keys));
    }

    [Fact]
    public void Who_was_replaced_while_it_stood_still_gives_up_and_nothing_of_it_is_accepted()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        int owner = pop.ActiveOf(0);
        pop.Pause(owner, 300);
        pop.Run(40);
        Assert.Equal(flows, Send(pop, flows.Keys));
        int next = pop.ActiveOf(0);
        Assert.NotEqual(owner, next);
        pop.Run(400);
        Assert.Equal(BundleRole.Standby, pop.Nodes[owner].RoleOf(0));
        Assert.Equal(pop.Nodes[next].EpochOf(0), pop.Nodes[owner].EpochOf(0));
        Assert.Equal(flows, Send(pop, flows.Keys));
    }

    [Fact]
    public void Who_was_replaced_while_it_was_cut_off_leaves_the_bundle_where_it_is_and_what_began_there_goes_on()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        int owner = pop.ActiveOf(0);
        pop.Isolate(owner);
        pop.Run(100);
        int next = Enumerable.Range(0, 3).Single(node => node != owner && pop.Nodes[node].RoleOf(0) == BundleRole.Active);
        Dictionary<FlowKey4, FlowKey4> born = Send(pop, [new FlowKey4(Site, Remote, IpProtocol.Udp, 5555, 53)]);
        Epoch epoch = pop.Nodes[next].EpochOf(0);
        pop.Isolate(owner, cut: false);
        for (int i = 0; i < 20; i++)
        {
            pop.Run(20);
            Assert.Equal((next, epoch), (pop.Gateways[0].TargetOf(0), pop.Gateways[0].EpochOf(0)));
            Assert.Equal(born, Send(pop, born.Keys));
        }

        Assert.Equal((BundleRole.Standby, epoch), (pop.Nodes[owner].RoleOf(0), pop.Nodes[owner].EpochOf(0)));
        Assert.Equal(flows, Send(pop, flows.Keys));
    }

    [Fact]
    public void A_packet_of_an_earlier_owner_is_refused_whatever_it_says()
    {
        using Pop pop = Running(out _);
        int owner = pop.ActiveOf(0);
        Epoch old = pop.Nodes[owner].EpochOf(0);
        pop.Kill(owner);
        pop.Run(100);
        CloudGateway gateway = pop.Gateways[0];
        Assert.NotEqual(old, gateway.EpochOf(0));
        foreach (Epoch claimed in (Epoch[])[old, old.Next(pop.Nodes[pop.ActiveOf(0)].EpochOf(0).Node), Epoch.None])
        {
            byte[] late = FromNode(pop.Options, owner, claimed, Acme);
            Assert.Equal(SaseDrop.StaleOwner, gateway.FromNode(late, 0, late.Length).Drop);
        }
    }

    [Fact]
    public void Both_gateways_go_to_the_same_node_afterwards()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        pop.Kill(pop.ActiveOf(0));
        pop.Run(150);
        Assert.Equal(pop.ActiveOf(0), pop.Gateways[0].TargetOf(0));
        Assert.Equal(pop.ActiveOf(0), pop.Gateways[1].TargetOf(0));
        Assert.Equal(flows, Send(pop, flows.Keys, gateway: 1));
    }

    [Fact]
    public void One_gateway_that_loses_its_way_to_the_owner_takes_the_bundle_from_nobody()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        int owner = pop.ActiveOf(0);
        pop.Cut(0, pop.MemberOf(owner));
        pop.Run(300);
        Assert.Equal(owner, pop.ActiveOf(0));
        Assert.Equal(flows, Send(pop, flows.Keys, gateway: 1));

        // What that gateway sends to another node is sent on to the owner, once.
        Dictionary<FlowKey4, FlowKey4> detour = Send(pop, flows.Keys, gateway: 0);
        Assert.Equal(flows, detour);
        Assert.Contains(pop.Nodes, node => node.Counters.Redirected > 0);
    }

    [Fact]
    public void A_packet_from_the_Internet_at_the_wrong_node_is_sent_on_to_the_owner()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        FlowKey4 outside = flows.First(flow => flow.Key.Protocol == IpProtocol.Udp).Value;
        int other = Enumerable.Range(0, 3).First(node => node != pop.ActiveOf(0));
        var received = new List<byte[]>();
        pop.OnTenant = (_, _, packet) => received.Add(packet);
        _ = pop.FromInternet(other, Udp(Remote, outside.DestinationPort, outside.Source, outside.SourcePort));
        pop.Run(10);
        Assert.Equal(Site, Flow(Assert.Single(received)).Destination);
    }

    [Fact]
    public void Nodes_that_all_seem_to_be_gone_at_once_are_taken_for_the_gateways_own_fault()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        int owner = pop.ActiveOf(0);
        for (int node = 0; node < 3; node++)
        {
            pop.Cut(0, pop.MemberOf(node));
        }

        pop.Run(100);
        Assert.True(pop.Gateways[0].IsStatic);
        Assert.Equal(owner, pop.Gateways[0].TargetOf(0));
        for (int node = 0; node < 3; node++)
        {
            pop.Cut(0, pop.MemberOf(node), cut: false);
        }

        pop.Run(100);
        Assert.False(pop.Gateways[0].IsStatic);
        Assert.Equal(owner, pop.ActiveOf(0));
        Assert.Equal(flows, Send(pop, flows.Keys));
    }

    [Fact]
    public void After_the_hold_time_packets_are_dropped_or_go_without_services_as_configured()
    {
        foreach (bool bypass in (bool[])[false, true])
        {
            PopOptions options = Pop.Base(1, 2);
            using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = options, Gateway = 0, Segments = [new GatewaySegment(Acme, 0)], HoldTime = TimeSpan.FromSeconds(1), Bypass = bypass, Start = Pop.Start });
            byte[] buffer = new byte[200];
            Udp(Site, 1, Remote, 2).CopyTo(buffer, 100);
            gateway.NodeUp(0);
            gateway.NodeUp(1);
            gateway.Advance(Pop.Start);
            gateway.NodeDown(0, Pop.Start + TimeSpan.FromMilliseconds(5));
            gateway.NodeDown(1, Pop.Start + TimeSpan.FromMilliseconds(6));
            gateway.Advance(Pop.Start + TimeSpan.FromMilliseconds(900));
            Assert.Equal(SaseAction.ToTunnel, gateway.ToNode((byte[])buffer.Clone(), 100, 40, Acme).Action);
            gateway.Advance(Pop.Start + TimeSpan.FromMilliseconds(1100));
            Assert.Equal(bypass ? SaseAction.Bypass : SaseAction.Drop, gateway.ToNode(buffer, 100, 40, Acme).Action);
        }
    }

    [Fact]
    public void A_node_that_is_drained_hands_over_without_losing_a_packet_or_a_flow()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        FlowKey4 probe = flows.Keys.First(key => key.Protocol == IpProtocol.Udp);
        int owner = pop.ActiveOf(0);
        int arrived = 0;
        pop.OnUplink = (_, _, packet) => arrived += Flow(packet) == flows[probe] ? 1 : 0;
        for (int i = 0; i < 200; i++)
        {
            _ = pop.FromSite(0, Acme, PacketOf(probe));
            pop.Run(1);
            if (i == 50)
            {
                pop.Nodes[owner].Drain();
            }
        }

        pop.Run(10);
        Assert.Equal(200, arrived);
        Assert.NotEqual(owner, pop.ActiveOf(0));
        Assert.DoesNotContain(Enumerable.Range(0, 4), bundle => pop.Nodes[owner].RoleOf(bundle) == BundleRole.Active);
        Assert.Equal(flows, Send(pop, flows.Keys));
    }

    [Fact]
    public void A_node_that_comes_back_does_not_take_its_bundles_away_again_and_is_told_of_all_flows()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        int first = pop.ActiveOf(0);
        pop.Kill(first);
        pop.Run(200);
        int second = pop.ActiveOf(0);
        pop.Restart(first);
        pop.Run(800);
        Assert.Equal(second, pop.ActiveOf(0));

        // The next failure leaves flows with whoever is the backup now.
        pop.Kill(second);
        pop.Run(100);
        Assert.Equal(flows, Send(pop, flows.Keys));
    }

    [Fact]
    public void A_node_that_restarts_at_once_does_not_answer_for_flows_that_it_forgot()
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        int owner = pop.ActiveOf(0);
        pop.Kill(owner);
        pop.Run(3);
        pop.Restart(owner);
        pop.Run(500);
        Assert.NotEqual(owner, pop.ActiveOf(0));
        Assert.Equal(flows, Send(pop, flows.Keys));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(3, false)]
    [InlineData(25, false)]
    [InlineData(3, true)]
    public void A_node_that_is_back_before_anybody_missed_it_leaves_its_bundles_to_who_knows_their_flows(int after, bool isMissed)
    {
        using Pop pop = Running(out Dictionary<FlowKey4, FlowKey4> flows);
        int owner = pop.ActiveOf(0);
        int backup = pop.Nodes[owner].BackupOf(0);
        pop.Kill(owner);
        pop.Run(after);
        pop.Restart(owner, isMissed);
        pop.Run(400);
        Assert.Equal(backup, pop.ActiveOf(0));
        Assert.Equal(flows, Send(pop, flows.Keys, TcpFlags.Ack));

        // And is told of them again, so that the next failure costs nothing either.
        pop.Run(100);
        pop.Kill(backup);
        pop.Run(300);
        Assert.Equal(flows, Send(pop, flows.Keys, TcpFlags.Ack));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_node_that_is_asked_for_what_it_was_in_another_life_leaves_it_to_the_others_for_three_seconds(bool someoneTakesIt)
    {
        PopOptions pop = Pop.Base(2, 2);
        var former = new Epoch(0x500);
        using var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = pop, Node = 0, Incarnation = 2, Flows = 64, Segments = 4, Start = Pop.Start });
        node.Configure([Make(Acme)]);
        Timestamp now = Pop.Start;
        node.PeerUp(1);
        Pass(400);
        Assert.Equal(SaseDrop.NotActive, Ask(former));
        Wish(former, isAccepted: true);
        Assert.Equal((BundleRole.Standby, former), (node.RoleOf(0), node.EpochOf(0)));
        Pass(2900);

        // Neither this one nor a gateway that does not see the other node changes that.
        Wish(former, isAccepted: true);
        Wish(former.Next(0), isAccepted: false);
        Assert.Equal(SaseDrop.NotActive, Ask(former.Next(0)));
        Assert.Equal(BundleRole.Standby, node.RoleOf(0));
        if (someoneTakesIt)
        {
            Assert.Equal(MessageVerdict.Accepted, node.Receive([0x57, 0x53, 1, 1, 1, 1, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 1, 255, 0, 0, 0, 6, 1], pop.Nodes[1], now));
        }

        Pass(200);
        Wish(former.Next(0), isAccepted: false);
        Assert.Equal(someoneTakesIt ? (BundleRole.Standby, former.Next(1)) : (BundleRole.Active, former.Next(0)), (node.RoleOf(0), node.EpochOf(0)));

        void Pass(int milliseconds)
        {
            for (int i = 0; i < milliseconds; i += 10)
            {
                now += TimeSpan.FromMilliseconds(10);
                node.Advance(now);
            }
        }

        void Wish(Epoch epoch, bool isAccepted) =>
            _ = node.Receive([0x57, 0x53, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)(isAccepted ? 2 : 0), 255, 0, 0, 0, (byte)(epoch.Value >> 8), (byte)epoch.Value], pop.Gateways[0], now);

        SaseDrop Ask(Epoch epoch)
        {
            byte[] packet = TunnelPackets.Geneve(pop, 0, Acme, PacketOf(Keys[0]), TunnelPackets.Options(pop, epoch, 0));
            byte[] buffer = [.. new byte[pop.Overhead], .. packet];
            return node.FromTunnel(buffer, pop.Overhead, packet.Length, now).Drop;
        }
    }

    [Fact]
    public void What_a_node_said_in_an_earlier_life_and_comes_late_is_not_its_word()
    {
        PopOptions pop = Pop.Base(1, 2);
        using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = pop, Gateway = 0, Segments = [new GatewaySegment(Acme, 0)], Start = Pop.Start });
        gateway.NodeUp(0);
        gateway.NodeUp(1);
        Assert.Equal(MessageVerdict.Accepted, Say(life: 1, new Epoch(0x500)));
        Assert.Equal(0, gateway.TargetOf(0));
        Assert.Equal(MessageVerdict.Accepted, Say(life: 2, Epoch.None));
        gateway.Advance(Pop.Start);
        Assert.Equal(1, gateway.TargetOf(0));
        Assert.Equal(MessageVerdict.Stale, Say(life: 1, new Epoch(0x600)));
        Assert.Equal((1, new Epoch(0x500)), (gateway.TargetOf(0), gateway.EpochOf(0)));

        // A new configuration does not make the gateway forget that.
        using var next = new CloudGateway(gateway.Options);
        next.TakeOver(gateway);
        next.Advance(Pop.Start);
        Assert.Equal((1, new Epoch(0x500)), (next.TargetOf(0), next.EpochOf(0)));
        Assert.Equal(MessageVerdict.Accepted, Say(life: 2, new Epoch(0x700)));
        Assert.Equal((0, new Epoch(0x700)), (gateway.TargetOf(0), gateway.EpochOf(0)));

        MessageVerdict Say(byte life, Epoch epoch) => gateway.Receive(
            epoch.IsNone
                ? [0x57, 0x53, 1, 1, 1, 0, 0, 0, 0, 0, 0, life, 0, 0, 0, 0]
                : [0x57, 0x53, 1, 1, 1, 0, 0, 1, 0, 0, 0, life, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, (byte)(epoch.Value >> 8), (byte)epoch.Value],
            pop.Nodes[0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_node_that_begins_anew_and_is_the_only_one_has_its_bundles_again(int nodes)
    {
        using var pop = new Pop(2, nodes, [Make(Acme)]);
        pop.Run(600);
        int owner = pop.ActiveOf(0);
        Epoch epoch = pop.Nodes[owner].EpochOf(0);
        if (nodes > 1)
        {
            pop.Kill(1 - owner);
            pop.Run(200);
        }

        pop.Kill(owner);
        pop.Run(3);
        pop.Restart(owner, isMissed: false);
        pop.Run(nodes > 1 ? 1800 : 600);
        Assert.Equal(owner, pop.ActiveOf(0));
        Assert.True(pop.Nodes[owner].EpochOf(0) > epoch, "nobody can tell its lives apart");
        Assert.Single(Send(pop, [Keys[0]]));
    }

    [Fact]
    public void A_store_that_compares_epochs_decides_if_there_is_one()
    {
        var table = new OwnershipTable(4);
        using var pop = new Pop(2, 3, [Make(Acme), Make(Globex, 1)], adjust: (_, options) => options with { Store = table.Client() });
        pop.Run(600);
        int owner = pop.ActiveOf(0);
        Assert.Equal(pop.Nodes[owner].EpochOf(0), table[0]);
        Dictionary<FlowKey4, FlowKey4> flows = Send(pop, Keys);
        pop.Run(50);
        pop.Kill(owner);
        pop.Run(45);
        Assert.Equal(flows, Send(pop, flows.Keys));
        Assert.Equal(pop.Nodes[pop.ActiveOf(0)].EpochOf(0), table[0]);
    }

    [Fact]
    public void What_a_failover_writes_at_a_gateway_does_not_depend_on_tenants()
    {
        PopOptions options = Pop.Base(1, 2) with { Bundles = 256 };
        foreach (int tenants in (int[])[1, 4096])
        {
            using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = options, Gateway = 0, Segments = [.. Enumerable.Range(1, tenants).Select(vni => new GatewaySegment((uint)vni, vni % 256))], Start = Pop.Start });
            gateway.NodeUp(0);
            gateway.NodeUp(1);
            for (int bundle = 0; bundle < 256; bundle++)
            {
                gateway.SetOwner(bundle, new Epoch(0x100));
            }

            gateway.Advance(Pop.Start);
            Assert.Equal(0, gateway.TargetOf(1));

            // One word: no advance, no table, and the packet after it goes to the other node.
            byte[] before = BundlesOf(gateway);
            Assert.True(before.Length >= 256);
            gateway.NodeDown(0, Pop.Start);
            Assert.Equal(before, BundlesOf(gateway));
            Assert.All(Enumerable.Range(0, 256), bundle => Assert.Equal(1, gateway.TargetOf(bundle)));
        }
    }

    [Fact]
    public void Where_tunnels_have_no_epoch_only_the_owners_address_is_accepted()
    {
        PopOptions options = Pop.Base(2, 2) with { Encapsulation = ServiceEncapsulation.Vxlan };
        using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = options, Gateway = 0, Segments = [new GatewaySegment(Acme, 0)], Start = Pop.Start });
        gateway.NodeUp(0);
        gateway.NodeUp(1);
        foreach (int owner in (int[])[0, 1, 0])
        {
            gateway.SetOwner(0, gateway.EpochOf(0).Next(owner));
            gateway.Advance(Pop.Start);
            Epoch epoch = gateway.EpochOf(0);
            Assert.Equal(SaseAction.ToTenant, Take(owner).Action);
            Assert.Equal(SaseDrop.StaleOwner, Take(1 - owner).Drop);
            Assert.Equal(epoch, gateway.EpochOf(0));
        }

        Assert.Equal((3L, 3L), (gateway.Counters.ToTenant, gateway.Counters.Drops[SaseDrop.StaleOwner]));

        SaseVerdict Take(int node)
        {
            byte[] header = new byte[VxlanHeader.Length];
            _ = new VxlanHeader(Acme).Write(header);
            byte[] packet = TunnelPackets.Outer(options.Nodes[node], options.Gateways[0], VxlanHeader.Port, [.. header, .. TunnelPackets.ToGateway(options, Udp(Remote, 53, Site, 1234))]);
            return gateway.FromNode(packet, 0, packet.Length);
        }
    }

    /// <summary>The octets of everything that a gateway keeps by bundle.</summary>
    private static byte[] BundlesOf(CloudGateway gateway)
    {
        FieldInfo field = typeof(CloudGateway).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Single(known => known.FieldType == typeof(GatewayBundle[]));
        return MemoryMarshal.AsBytes(((GatewayBundle[])field.GetValue(gateway)!).AsSpan()).ToArray();
    }

    private static TcpState StateOf(ManagedServiceNode node, FlowKey4 key)
    {
        FlowHandle handle = node.Flows.Find(new FlowKey4(key.Source, key.Destination, key.Protocol, key.SourcePort, key.DestinationPort, Acme));
        Assert.False(handle.IsNone);
        return node.Flows[handle].Tcp;
    }

    private static readonly FlowKey4[] Keys =
    [
        .. Enumerable.Range(1, 20).Select(port => new FlowKey4(Site, Remote, IpProtocol.Udp, (ushort)(1000 + port), 53)),
        .. Enumerable.Range(1, 20).Select(port => new FlowKey4(Site, Remote, IpProtocol.Tcp, (ushort)(2000 + port), 80)),
    ];

    private static Pop Running(out Dictionary<FlowKey4, FlowKey4> flows)
    {
        var pop = new Pop(2, 3, [Make(Acme), Make(Globex, 1)]);
        pop.Run(600);
        flows = Send(pop, Keys, TcpFlags.Syn);
        Assert.Equal(Keys.Length, flows.Count);
        pop.Run(50);
        Assert.True(pop.Nodes[pop.ActiveOf(0)].IsInSync(0));
        return pop;
    }

    private static byte[] PacketOf(FlowKey4 key, TcpFlags flags = TcpFlags.Syn) => key.Protocol == IpProtocol.Udp
        ? Udp(key.Source, key.SourcePort, key.Destination, key.DestinationPort)
        : Tcp(key.Source, key.SourcePort, key.Destination, key.DestinationPort, flags);

    /// <summary>Sends a packet of each flow; under which public endpoint each left.</summary>
    private static Dictionary<FlowKey4, FlowKey4> Send(Pop pop, IEnumerable<FlowKey4> keys, TcpFlags flags = TcpFlags.Syn, int gateway = 0, int wait = 10)
    {
        var left = new Dictionary<FlowKey4, FlowKey4>();
        foreach (FlowKey4 key in keys)
        {
            FlowKey4? outside = null;
            pop.OnUplink = (_, _, packet) => outside = Flow(packet);
            _ = pop.FromSite(gateway, Acme, PacketOf(key, flags));
            pop.Run(wait == 1 ? 1 : 4);
            if (outside is FlowKey4 found)
            {
                left.Add(key, found);
            }
        }

        pop.OnUplink = null;
        return left;
    }

    private static byte[] FromNode(PopOptions options, int node, Epoch epoch, uint vni)
    {
        byte[] header = new byte[GeneveHeader.MinLength + 20];
        _ = new GeneveHeader(vni).Write(header, TunnelPackets.Options(options, epoch, 0));
        byte[] inner = Udp(Remote, 53, Site, 1234);
        byte[] frame = new byte[14 + inner.Length];
        _ = new EthernetHeader { Destination = options.GatewayMac, Source = options.RouterMac, EtherType = EtherType.IPv4 }.Write(frame);
        inner.CopyTo(frame, 14);
        return TunnelPackets.Outer(options.Nodes[node], options.Gateways[0], GeneveHeader.Port, [.. header, .. frame]);
    }
}
