using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.HostTests.MachinePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;
using MachinePlaces = Weft.Host.Datapath.Machines.MachinePlaces;

namespace Weft.Conformance.HostTests;

/// <summary>Machines with services spread over the workers of a switch: each is one worker's, and nobody can tell from outside which.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class MachineWorkerTests
{
    private const int Machines = 8;
    private const int NumberOffset = 42;

    /// <summary>A packet that a machine sends or is sent, of one of a few flows.</summary>
    private readonly record struct Step(int Of, bool IsOut, ushort Port, bool IsForGroup);

    private static Arbitrary<Step[]> Steps { get; } = ArbMap.Default.GeneratorFor<uint>()
        .Select(word => new Step((int)(word % (Machines + 1)), (word >> 8 & 1) == 0, (ushort)(1000 + (word >> 9 & 7)), (word >> 12 & 15) == 0))
        .ArrayOf().Where(steps => steps.Length > 0).ToArbitrary();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Any_number_of_workers_sends_drops_and_remembers_the_same(int workers) =>
        Prop.ForAll(Steps, steps => Assert.Equal(Play(steps, 1), Play(steps, workers))).Check(Chance.Of(25));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Machines_are_spread_over_all_workers_and_every_flow_keeps_its_order_both_ways(int workers)
    {
        const int Flows = 5;
        const uint Numbers = 20;
        using SwitchRig rig = Rig(Plan(workers));
        for (uint number = 0; number < Numbers; number++)
        {
            for (int flow = 0; flow < Machines * Flows; flow++)
            {
                rig.Send(Web1, Numbered(Out(flow % Machines, (ushort)(2000 + flow)), number));
            }
        }

        rig.Run();
        AssertOrdered(rig.Out(Web2), sourcePort: true);
        for (uint number = 0; number < Numbers; number++)
        {
            for (int flow = 0; flow < Machines * Flows; flow++)
            {
                rig.Send(Web2, Numbered(In(flow % Machines, (ushort)(2000 + flow)), number));
            }
        }

        rig.Run();
        AssertOrdered(rig.Out(Web1), sourcePort: false);
        SwitchSnapshot shown = rig.Switch.Snapshot();
        Assert.Equal(Enumerable.Range(0, workers), shown.Machines.Select(machine => machine.Worker).Distinct().Order());
        Assert.Equal(Enumerable.Range(0, Machines).Select(machine => $"vm{machine}"), shown.Machines.Select(machine => machine.Name));
        Assert.All(shown.Machines, machine => Assert.Equal((2L * Flows * Numbers, Flows), (machine.Packets, machine.Flows)));
        Assert.True(shown.Totals.Balanced);

        static void AssertOrdered(List<byte[]> frames, bool sourcePort)
        {
            var got = frames.ToLookup(frame => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(sourcePort ? 34 : 36)), frame => BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(NumberOffset)));
            Assert.Equal(Machines * Flows, got.Count);
            Assert.All(got, flow => Assert.Equal(Enumerable.Range(0, (int)Numbers).Select(number => (uint)number), flow));
        }
    }

    [Fact]
    public void A_frame_for_a_group_meets_the_services_of_every_machine_that_hears_it_whoever_has_them_and_ends_at_the_first_that_refuses()
    {
        using SwitchRig rig = Rig(Plan(4) with { Services = [Connections, Firewall(FirewallAction.Allow)] });
        rig.Pass(Web2, Group(500));
        Assert.Single(rig.Out(Web1));
        Assert.All(rig.Switch.Snapshot().Machines, machine => Assert.Equal(1, machine.Packets));

        // The third of them refuses: those before it have seen it, those behind it have not.
        SwitchPlan strict = Plan(4);
        MachinePlan[] machines = [.. strict.Machines.Select((machine, index) => machine with { Services = index == 2 ? [0, 1] : [0] })];
        using SwitchRig other = Rig(strict with { Machines = machines });
        other.Pass(Web2, Group(500));
        Assert.Empty(other.Out(Web1));
        Assert.Equal([1, 1, 1, 0, 0, 0, 0, 0], other.Switch.Snapshot().Machines.Select(machine => machine.Packets));
        Assert.Equal(1, other.Drops()["service-policy"]);
        Assert.True(other.Switch.Totals.Balanced);
    }

    [Fact]
    public void Another_number_of_workers_keeps_flows_and_counts_of_all_machines_and_a_picture_restores_them()
    {
        using SwitchRig rig = Rig(Plan(2));
        for (int machine = 0; machine < Machines; machine++)
        {
            rig.Pass(Web1, Out(machine, 1000));
        }

        rig.AllOut();
        long packets = 1;
        foreach (int workers in (int[])[4, 1, 8, 3])
        {
            rig.Switch.Apply(Plan(workers), rig.Switch.Ports);
            packets++;
            for (int machine = 0; machine < Machines; machine++)
            {
                // Only what was asked for comes in.
                rig.Pass(Web2, In(machine, 1000));
            }

            Assert.Equal(Machines, rig.Out(Web1).Count);
            SwitchSnapshot shown = rig.Switch.Snapshot();
            Assert.All(shown.Machines, machine => Assert.Equal((packets, 1), (machine.Packets, machine.Flows)));
            Assert.True(shown.Totals.Balanced);
            rig.Run();
            Assert.Equal(rig.Switch.Plan.PoolBuffers * workers, rig.Switch.BuffersAvailable);
        }

        using var next = new SwitchRig(Plan(4), rig.Switch.Snapshot());
        Learn(next);
        for (int machine = 0; machine < Machines; machine++)
        {
            next.Pass(Web2, In(machine, 1000)).Pass(Web2, In(machine, 1001));
        }

        Assert.Equal(Machines, next.Out(Web1).Count);
        Assert.Contains("web1", PacketTracer.Trace(Plan(4), "web2", In(5, 1000), rig.Switch.Snapshot()).SentTo);
    }

    [Fact]
    public void Machines_that_share_sequence_numbers_and_those_of_a_bridge_node_stay_with_the_first_worker()
    {
        SwitchPlan plan = Plan(4);
        Assert.Equal([0, 1, 2, 3], WorkersOf(plan).Distinct().Order());
        Assert.All(WorkersOf(plan with { Services = [Connections, new ServicePlan { Name = "rules", Kind = ServiceKind.Encryption }] }), worker => Assert.Equal(0, worker));
        Assert.All(WorkersOf(plan with { Bridges = Bridging().Bridges }), worker => Assert.Equal(0, worker));

        static int[] WorkersOf(SwitchPlan plan)
        {
            var places = new MachinePlaces(plan);
            return [.. Enumerable.Range(0, Machines).Select(places.WorkerOf)];
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Where_access_lists_remember_connections_answers_reach_every_machine_and_nothing_else_does(int workers)
    {
        SwitchPlan lists = AclTests.Stateful(53, 53);
        using SwitchRig rig = Rig(Plan(workers).WithPort(Web1, web => web with { Acl = lists.Ports[Web1].Acl }) with { AccessLists = lists.AccessLists, Services = [Connections, Firewall(FirewallAction.Allow)] });
        for (ushort flow = 0; flow < 20; flow++)
        {
            for (int machine = 0; machine < Machines; machine++)
            {
                rig.Pass(Web2, In(machine, (ushort)(1000 + flow))).Pass(Web1, Out(machine, (ushort)(1000 + flow))).Pass(Web2, In(machine, (ushort)(1000 + flow)));
            }
        }

        Assert.Equal((20 * Machines, 20 * Machines), (rig.Out(Web2).Count, rig.Out(Web1).Count));
        Assert.Equal(new Dictionary<string, long> { ["acl-denied"] = 20 * Machines }, rig.Drops());
        Assert.Equal(20 * Machines, rig.Switch.Snapshot().Acl!.ConnectionCount);
        Assert.True(rig.Switch.Totals.Balanced);
    }

    [Fact]
    public void Whatever_the_distance_between_numbers_of_machines_no_worker_has_much_more_than_its_share()
    {
        const int Many = 1000, Workers = 8;
        SwitchPlan plan = Plan(Workers);
        foreach (uint distance in (uint[])[1, 2, 3, 8, 64, 100, 1000, 4096, 65_536])
        {
            var places = new MachinePlaces(plan with { Machines = [.. Enumerable.Range(1, Many).Select(number => plan.Machines[0] with { Name = $"m{number}", Id = (uint)number * distance })] });
            int most = Enumerable.Range(0, Many).CountBy(places.WorkerOf).Max(count => count.Value);
            Assert.InRange(most, Many / Workers, Many / Workers * 3 / 2);
        }
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void Nothing_is_allocated_for_a_packet_on_its_way_to_the_worker_of_its_machine_and_from_there()
    {
        using SwitchRig rig = Rig(Plan(4));
        byte[][] frames = [.. Enumerable.Range(0, 64).Select(flow => Out(flow % Machines, (ushort)(1000 + flow))), Group(500)];
        int[] sides = [Web2, Trunk, Up0];
        byte[] buffer = new byte[2048];
        long allocated = Allocations.Of(() =>
        {
            for (int round = 0; round < 300; round++)
            {
                foreach (byte[] frame in frames)
                {
                    _ = rig.Link(Web1).Right.TrySend(frame, rig.Now);
                }

                while (rig.Switch.RunOnce(rig.Now) > 0)
                {
                }

                foreach (int port in sides)
                {
                    while (rig.Link(port).Right.TryReceive(buffer, rig.Now, out _))
                    {
                    }
                }
            }
        });
        Assert.Equal(0, allocated);
    }

    private static List<string> Play(Step[] steps, int workers)
    {
        using SwitchRig rig = Rig(Plan(workers));
        var seen = new List<string>();
        foreach (Step step in steps)
        {
            byte[] frame = step.IsForGroup ? Group(step.Port) : step.IsOut ? Out(step.Of, step.Port) : In(step.Of, step.Port);
            rig.Wait(TimeSpan.FromTicks(1)).Pass(step.IsOut && !step.IsForGroup ? Web1 : Web2, frame);
            seen.AddRange(rig.AllOut());
        }

        SwitchSnapshot end = rig.Switch.Snapshot();
        Assert.True(end.Totals.Balanced);
        return
        [
            .. seen, $"{end.Totals.Sent} {end.Totals.Dropped} {end.Totals.Held}", .. end.Drops.Select(drop => drop.ToString()),
            .. end.Machines.Select(machine => $"{machine.Name} {machine.Packets} {machine.Forwarded} {machine.Dropped} {machine.Flows} {string.Join(' ', machine.Services.Select(service => service.Packets))}"),
        ];
    }

    /// <summary>Machines behind one port and one MAC address, told apart by their addresses, so that a frame for a group meets them all.</summary>
    private static SwitchPlan Plan(int workers)
    {
        SwitchPlan plan = With(Connections, Firewall());
        return plan with
        {
            Workers = workers,
            PoolBuffers = 1024,
            Machines = [.. Enumerable.Range(0, Machines).Select(machine => plan.Machines[0] with { Name = $"vm{machine}", Id = 1 + (uint)machine, Addresses = [new TunnelAddress(AddressOf(machine))] })],
        };
    }

    private static SwitchRig Rig(SwitchPlan plan)
    {
        var rig = new SwitchRig(plan);
        Learn(rig);
        return rig;
    }

    /// <summary>Tells where the machines' MAC address and the gateway's are, so that nothing is flooded.</summary>
    private static void Learn(SwitchRig rig)
    {
        byte[] hello = Udp(Machine, 9, Remote, 9);
        MacAddress gateway = MacAddress.Read(hello), own = MacAddress.Read(hello.AsSpan(6));
        rig.Pass(Web1, TestFrames.Arp(2, gateway, own, Machine, gateway, Remote)).Pass(Web2, TestFrames.Arp(2, own, gateway, Remote, own, Machine)).AllOut();
    }

    private static IPv4Address AddressOf(int machine) => IPv4Address.Parse($"10.0.0.{10 + machine}");

    private static byte[] Out(int machine, ushort port) => WithEnds(Udp(AddressOf(machine), port, Remote, 53), Udp(Machine, 1, Remote, 53));

    private static byte[] In(int machine, ushort port) => WithEnds(Udp(Remote, 53, AddressOf(machine), port), Udp(Remote, 53, Machine, 1));

    private static byte[] Group(ushort port)
    {
        byte[] frame = WithEnds(Udp(Remote, 53, IPv4Address.Parse("255.255.255.255"), port), Udp(Remote, 53, Machine, 1));
        MacAddress.Broadcast.Write(frame);
        return frame;
    }

    private static byte[] WithEnds(byte[] frame, byte[] like)
    {
        like.AsSpan(0, 12).CopyTo(frame);
        return frame;
    }

    private static byte[] Numbered(byte[] frame, uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(NumberOffset), number);
        return frame;
    }
}
