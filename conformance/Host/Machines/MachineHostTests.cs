using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.ServicesTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.HostTests.MachinePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>Services of machines in the switch.</summary>
public sealed class MachineHostTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void What_the_machine_asks_is_answered_and_nobody_else_gets_in()
    {
        using SwitchRig rig = Rig(With(Connections, Firewall()));
        byte[] question = Udp(Machine, 1000, Remote, 53), answer = Udp(Remote, 53, Machine, 1000);
        rig.Pass(Web2, answer);
        Assert.Empty(rig.Out(Web1));
        rig.Pass(Web1, question).Pass(Web2, answer);
        Assert.Equal([question], rig.Out(Web2));
        Assert.Equal([answer], rig.Out(Web1));
        Assert.Equal(1, rig.Drops()["service-policy"]);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Packets_for_a_machine_and_for_groups_that_come_together_keep_their_order_and_are_all_there()
    {
        using SwitchRig rig = Rig(With(Connections));
        rig.Pass(Web1, Udp(Machine, 1000, Remote, 53));
        byte[] first = Udp(Remote, 53, Machine, 1000), group = [.. first], second = Udp(Remote, 54, Machine, 1000);
        group.AsSpan(0, MacAddress.Length).Fill(0xFF);
        rig.Send(Web2, first).Send(Web2, group).Send(Web2, second).Send(Web2, group).Run();
        Assert.Equal([first, group, second, group], rig.Out(Web1));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_refused_sender_is_told_on_the_side_that_it_is_on()
    {
        using SwitchRig rig = Rig(With(Firewall(FirewallAction.Reject)));
        rig.Pass(Web1, Tcp(Machine, 1000, Remote, 80, TcpFlags.Syn, 1)).Pass(Web2, Tcp(Remote, 2000, Machine, 22, TcpFlags.Syn, 1));
        byte[] toMachine = Assert.Single(rig.Out(Web1)), toRemote = Assert.Single(rig.Out(Web2));
        Assert.Equal((Remote, Machine), Ends(toMachine));
        Assert.Equal((Machine, Remote), Ends(toRemote));
        AssertSums(toMachine);
        AssertSums(toRemote);
        Assert.Equal(2, rig.Drops()["service-policy"]);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_virtual_address_stands_for_a_server_there_and_back()
    {
        using SwitchRig rig = Rig(With(Balancer));
        rig.Pass(Web1, Udp(Machine, 1000, Virtual, 53)).Pass(Web2, Udp(Remote, 5353, Machine, 1000));
        Assert.Equal((Machine, Remote), Ends(Assert.Single(rig.Out(Web2))));
        byte[] back = Assert.Single(rig.Out(Web1));
        Assert.Equal((Virtual, Machine), Ends(back));
        AssertSums(back);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_flooded_packet_meets_the_services_of_the_machine_and_reaches_the_others_as_it_was()
    {
        using SwitchRig rig = Rig(With(Firewall()));
        byte[] broadcast = Udp(Remote, 67, IPv4Address.Parse("255.255.255.255"), 68);
        MacAddress.Broadcast.Write(broadcast);
        rig.Pass(Web2, broadcast);
        Assert.Empty(rig.Out(Web1));
        Assert.Single(rig.Out(Trunk));
        Assert.Equal(1, rig.Drops()["service-policy"]);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_machine_may_be_one_address_of_many_behind_a_trunk()
    {
        MacAddress mac = MacAddress.Read(Udp(Machine, 1, Remote, 53).AsSpan(6));
        using SwitchRig rig = new(With(machine => machine with { Port = -1, Segment = 0, Mac = mac }, Firewall()));
        rig.Pass(Trunk, TestFrames.Tagged(Tcp(Machine, 1, Remote, 80, TcpFlags.Syn, 1), 10));
        Assert.Equal(1, rig.Drops()["service-policy"]);
        byte[] other = Tcp(Machine, 1, Remote, 80, TcpFlags.Syn, 1);
        TestFrames.A.Write(other.AsSpan(6));
        rig.Pass(Trunk, TestFrames.Tagged(other, 10)).Pass(Trunk, TestFrames.Tagged(Tcp(Machine, 1, Remote, 80, TcpFlags.Syn, 1), 20));
        Assert.Equal(1, rig.Drops()["service-policy"]);
        Assert.Equal("trunk", rig.Switch.Snapshot().Machines[0].Port);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Machines_behind_one_port_and_one_mac_address_are_told_apart_by_their_ip_addresses()
    {
        IPv4Address second = IPv4Address.Parse("10.0.0.2"), nobody = IPv4Address.Parse("10.0.0.3");
        SwitchPlan plan = With(machine => machine with { Addresses = [new TunnelAddress(Machine)] }, Firewall());
        plan = plan with { Machines = [plan.Machines[0], plan.Machines[0] with { Name = "vm2", Id = 8, Addresses = [new TunnelAddress(second), new TunnelAddress(IPv6Address.Parse("2001:db8::2"))] }] };
        using SwitchRig rig = Rig(plan);
        rig.Pass(Web1, Udp(Machine, 1, Remote, 53)).Pass(Web2, Udp(Remote, 53, Machine, 1));
        rig.Pass(Web1, AsMachine(Udp(second, 1, Remote, 53))).Pass(Web1, AsMachine(Udp6(IPv6Address.Parse("2001:db8::2"), 1, IPv6Address.Parse("2001:db8::7"), 53)));
        rig.Pass(Web1, AsMachine(Tcp(nobody, 1, Remote, 80, TcpFlags.Syn, 1))).Pass(Web1, AsMachine(Tcp(second, 1, Remote, 80, TcpFlags.Syn, 1)));
        MachineSnapshot[] machines = [.. rig.Switch.Snapshot().Machines];
        Assert.Equal((2, 3), (machines[0].Packets, machines[1].Packets));
        Assert.Equal(1, rig.Drops()["service-policy"]);
        Assert.Equal(4, rig.Out(Web2).Count);

        // The frames of the test bed have a gateway's address behind all but one machine.
        static byte[] AsMachine(byte[] frame)
        {
            Udp(Machine, 1, Remote, 53).AsSpan(0, 12).CopyTo(frame);
            return frame;
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Mirrored_packets_go_to_the_collector_and_nowhere_else()
    {
        var mirror = new ServicePlan { Name = "tap", Kind = ServiceKind.Mirror, MirroredPackets = 1, MirroredBytes = 64 };
        using SwitchRig rig = Rig(With(machine => machine with { MirrorPort = Db }, mirror));
        rig.Pass(Web1, Udp(Machine, 1000, Remote, 53, payload: 200)).Pass(Web1, Udp(Machine, 1000, Remote, 53));
        Assert.Equal(64, Assert.Single(rig.Out(Db)).Length);
        Assert.Equal(2, rig.Out(Web2).Count);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Flows_of_a_class_visit_its_services_only()
    {
        var free = new ServiceRule { Selection = default, Protocol = IpProtocol.Tcp };
        using SwitchRig rig = Rig(With(machine => machine with { Classes = [free] }, Firewall()));
        rig.Pass(Web1, Tcp(Machine, 1, Remote, 80, TcpFlags.Syn, 1));
        Assert.Single(rig.Out(Web2));
        Assert.Equal(0, rig.Switch.Snapshot().Machines[0].Services[0].Packets);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_reload_keeps_flows_and_judges_them_anew_only_if_the_rules_differ()
    {
        using SwitchRig rig = Rig(With(Connections, Firewall()));
        rig.Pass(Web1, Udp(Machine, 1000, Remote, 53)).Pass(Web1, Udp(Machine, 1000, Remote, 54));
        Reload(rig, With(Connections, Firewall()));
        rig.Pass(Web2, Udp(Remote, 53, Machine, 1000));
        Assert.Equal(2, rig.Switch.Snapshot().Machines[0].Services[1].Counters["judged"]);
        Reload(rig, With(Connections, Firewall(FirewallAction.Drop, NoDns)));
        rig.Pass(Web2, Udp(Remote, 53, Machine, 1000)).Pass(Web2, Udp(Remote, 54, Machine, 1000));
        Assert.Equal(2, rig.Out(Web1).Count);
        ServiceSnapshot rules = rig.Switch.Snapshot().Machines[0].Services[1];
        Assert.Equal((1, 1), (rules.Counters["revoked"], rules.Dropped));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_service_that_is_added_or_taken_away_leaves_what_the_others_remember()
    {
        using SwitchRig rig = Rig(With(Balancer));
        rig.Pass(Web1, Udp(Machine, 1000, Virtual, 53)).AllOut();
        Reload(rig, With(Connections, Balancer, Firewall()));
        rig.Pass(Web2, Udp(Remote, 5353, Machine, 1000)).Pass(Web1, Udp(Machine, 1001, Virtual, 53));
        Assert.Equal((Virtual, Machine), Ends(Assert.Single(rig.Out(Web1))));
        MachineSnapshot machine = rig.Switch.Snapshot().Machines[0];
        Assert.Equal((2, 2, 3), (machine.Flows, machine.FlowsBegun, machine.Services[1].Packets));
        Reload(rig, With(Balancer));
        rig.Pass(Web2, Udp(Remote, 5353, Machine, 1001));
        Assert.Equal((Virtual, Machine), Ends(Assert.Single(rig.Out(Web1))));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_trace_names_the_services_and_why_and_knows_the_flows_of_the_switch()
    {
        using SwitchRig rig = Rig(With(Connections, Firewall(), Balancer));
        rig.Pass(Web1, Udp(Machine, 1000, Virtual, 53));
        SwitchSnapshot state = rig.Switch.Snapshot();
        string back = PacketTracer.Trace(rig.Switch.Plan, "web2", Udp(Remote, 5353, Machine, 1000), state).ToText();
        Assert.Contains("to machine vm1 by pool (10.96.0.1 port 53 is 198.51.100.7 port 5353), rules (allowed: rule out), tracked (", back);
        string refused = PacketTracer.Trace(rig.Switch.Plan, "web2", Udp(Remote, 53, Machine, 2000), state).ToText();
        Assert.Contains("rules (refused: no rule, by default); rules refuses it: policy", refused);
        Assert.Contains("dropped by services: service-policy", refused);
        Assert.Equal(1, rig.Switch.Snapshot().Machines[0].Services[0].Packets);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Rules_of_intrusion_detection_are_carried_out_for_the_machine_alone_and_exchanged_by_a_reload()
    {
        using SwitchRig rig = new(With(Watching(IdsRig.Evil)));
        byte[] evil = IdsRig.Udp(TestFrames.B, TestFrames.A, "an evil word"), bad = IdsRig.Udp(TestFrames.B, TestFrames.A, "bad!", port: 4001), good = IdsRig.Udp(TestFrames.B, TestFrames.A, "good", port: 4002);
        rig.Pass(Web1, evil).Pass(Web1, bad).Pass(Web1, good).Pass(Db, evil);
        Assert.Single(rig.Out(Web2));
        Assert.Equal(1, Assert.Single(rig.Out(Web1))[23]);
        Assert.Equal(2, rig.Drops()["service-policy"]);
        ServiceSnapshot watch = rig.Switch.Snapshot().Machines[0].Services[0];
        Assert.Equal((3, 2, 1), (watch.Counters["inspected"], watch.Counters["alerts"], watch.Counters["rejected"]));
        Assert.Equal(2, rig.Switch.ReadEvents().Events.Count(happened => happened.Name == "alert" && happened.Subject == "vm1/watch"));
        Reload(rig, With(Watching("drop udp any any -> any any (msg:\"none\"; content:\"good\"; sid:9;)")));
        rig.Pass(Web1, IdsRig.Udp(TestFrames.B, TestFrames.A, "evil", port: 4003)).Pass(Web1, IdsRig.Udp(TestFrames.B, TestFrames.A, "good", port: 4004));
        Assert.Single(rig.Out(Web2));
        Assert.Equal(3, rig.Drops()["service-policy"]);
    }

    private static ServicePlan Watching(string rules) => new() { Name = "watch", Kind = ServiceKind.Ids, Inspection = new InspectionPlan { Rules = Weft.Host.Datapath.Intrusion.IdsRules.FromText(rules), AcceptMidstream = true, MaxFlows = 64 } };

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_failing_service_is_quarantined_with_an_event_and_another_machine_sees_nothing_of_it()
    {
        SwitchPlan plan = With(Firewall());
        plan = plan with { Machines = [plan.Machines[0], plan.Machines[0] with { Name = "vm2", Id = 8, Port = Web2 }] };
        using SwitchRig rig = Rig(plan);
        rig.Switch.Workers[0].Machines.All[0].Set.ServiceAt<Firewall, FirewallState>(0) = default;
        for (ushort port = 1; port <= 4; port++)
        {
            rig.Pass(Web1, Udp(Machine, port, Remote, 53)).Pass(Web2, Udp(Remote, port, Machine, 53));
        }

        rig.Wait(TimeSpan.FromSeconds(1));
        MachineSnapshot[] machines = [.. rig.Switch.Snapshot().Machines];
        Assert.Equal((true, false), (machines[0].Services[0].IsQuarantined, machines[1].Services[0].IsQuarantined));
        Assert.Equal(machines[1].Packets, machines[1].Forwarded);
        Assert.Equal(4, machines[1].Services[0].Packets);
        Assert.Equal("vm1", Assert.Single(rig.Switch.ReadEvents().Events, happened => happened.Name == "quarantined").Subject);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Vectors_of_any_length_send_the_same_frames_in_the_same_order_to_every_port() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).ToArbitrary(),
        seed => Outputs(seed, 1).SequenceEqual(Outputs(seed, 256))).Check(Chance.Of(60));

    private static List<string> Outputs(int seed, int vectorSize)
    {
        var random = new Random(seed);
        using SwitchRig rig = Rig(With(Connections, Firewall(FirewallAction.Drop), Balancer) with { VectorSize = vectorSize });
        var all = new List<string>();
        for (int burst = 0; burst < 6; burst++)
        {
            // Which of two ports comes first is no matter of services.
            bool isOutwards = random.Next(2) == 0;
            for (int i = random.Next(1, 40); i > 0; i--)
            {
                ushort port = (ushort)random.Next(1, 6);
                rig.Send(isOutwards ? Web1 : Web2, (isOutwards, random.Next(3)) switch
                {
                    (true, 0) => Udp(Machine, port, Virtual, 53),
                    (true, 1) => Tcp(Machine, port, Remote, 80, TcpFlags.Syn, 1),
                    (true, _) => Udp(Machine, port, Remote, 54),
                    (false, 0) => Udp(Remote, 5353, Machine, port),
                    (false, 1) => Udp(Remote, port, Machine, 1),
                    _ => Unreachable(Remote, Machine, Udp(Machine, port, Remote, 54)),
                });
            }

            all.AddRange(rig.Run().AllOut());
        }

        return all;
    }

    private static void Reload(SwitchRig rig, SwitchPlan plan) => rig.Switch.Apply(plan, [.. Enumerable.Range(0, 5).Select(port => rig.Link(port).Left)]);

    private static (IPv4Address Source, IPv4Address Destination) Ends(byte[] frame)
    {
        Assert.True(IPv4View.TryParse(frame.AsSpan(14), out IPv4View view));
        return (view.Source, view.Destination);
    }
}
