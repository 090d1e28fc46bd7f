using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>What holds of sets for any traffic.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class ServicePropertyTests
{
    private const int Schedules = 2000;

    [Fact]
    public void The_services_visited_are_those_of_the_mask_in_order_and_inwards_in_the_opposite_order() => Check((random, seed) =>
    {
        int services = random.Next(1, 64);
        ulong all = ServiceMask.First(services).Bits;
        (ulong forward, ulong reverse) = ((ulong)random.NextInt64() & all, (ulong)random.NextInt64() & all);
        var log = new List<string>();
        var catalog = new ServiceCatalog();
        string[] names = [.. Enumerable.Range(0, services).Select(place => $"{place}")];
        foreach (string name in names)
        {
            catalog.Define<Probe, ProbeState>(name, _ => new Probe(name, log));
        }

        using var set = new ServiceSet(Options(names) with { Classifier = new RuleClassifier([], new ServiceSelection(new ServiceMask(forward), new ServiceMask(reverse))) }, catalog);
        (ServiceResult outwards, _) = Send(set, ServiceDirection.FromMachine, Udp(Machine, 1, Remote, 53));
        (ServiceResult inwards, _) = Send(set, ServiceDirection.ToMachine, Udp(Remote, 53, Machine, 1));
        IEnumerable<string> expected = names.Where(name => Has(forward, name)).Select(name => name + "*").Concat(names.Where(name => Has(reverse, name)).Reverse());
        return log.SequenceEqual(expected) && outwards.Visited.Bits == forward && inwards.Visited.Bits == reverse;

        static bool Has(ulong mask, string name) => new ServiceMask(mask).Contains(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture));
    });

    [Fact]
    public void What_one_machine_sends_changes_nothing_for_another() => Check((random, seed) =>
    {
        // As in a host: one catalog makes the instances of all its machines.
        ServiceCatalog catalog = Catalog();
        using ServiceSet alone = Make(), beside = Make(catalog: catalog), neighbour = Make(catalog: catalog, machine: 8);
        var noise = new Random(seed + 1);
        for (int i = 0; i < 40; i++)
        {
            (ServiceDirection direction, byte[] frame) = Any(random);
            for (int flood = noise.Next(4); flood > 0; flood--)
            {
                (ServiceDirection way, byte[] other) = Any(noise);
                _ = Send(neighbour, way, other);
            }

            (ServiceResult one, byte[] left) = Send(alone, direction, [.. frame]);
            (ServiceResult two, byte[] right) = Send(beside, direction, [.. frame]);
            if (one != two || !left.AsSpan().SequenceEqual(right))
            {
                return false;
            }
        }

        bool isCountedAlike = Enumerable.Range(0, alone.Services.Count).All(service => alone.CountersOf(service).Equals(beside.CountersOf(service)));
        return isCountedAlike && alone.Counters.Equals(beside.Counters) && State(alone).SetEquals(State(beside));
    });

    [Fact]
    public void A_snapshot_and_what_changed_since_are_the_state_at_the_end_wherever_it_is_cut()
    {
        long ended = 0;
        Check((random, seed) => Holds(random, seed % 3 == 0));
        Assert.True(ended > 0);

        bool Holds(Random random, bool expires)
        {
            using ServiceSet from = Make(), to = Make();
            Talk(from, random, 40);
            byte[] chunk = new byte[2048], schema = new byte[ServiceSet.MaxSchemaBytes];
            Assert.True(to.BeginImport(schema.AsSpan(0, from.WriteSchema(schema)), from.IPv4Capacity, from.IPv6Capacity));
            from.BeginExport();
            for (int cut = random.Next(10); cut > 0; cut--)
            {
                Assert.Equal(ImportResult.Taken, to.Import(chunk.AsSpan(0, from.Export(chunk, Start)), Start));
                Talk(from, random, random.Next(10));
            }

            // Flows that ended since are records, too.
            Timestamp now = Start + (expires ? TimeSpan.FromMinutes(10) : TimeSpan.Zero);
            ended += expires ? from.Advance(now, budget: 10_000) : 0;
            for (int length = from.Export(chunk, now); length > 0; length = from.Export(chunk, now))
            {
                // A delta that comes twice is one that came once.
                Assert.Equal(ImportResult.Taken, to.Import(chunk.AsSpan(0, length), now));
                Assert.Equal(ImportResult.Taken, to.Import(chunk.AsSpan(0, length), now));
            }

            return State(from).SetEquals(State(to)) && from.FlowCount == to.FlowCount;
        }
    }

    [Fact]
    public void Services_that_are_fused_do_what_they_do_one_after_the_other_whatever_comes() => Check((random, seed) =>
    {
        using ServiceSet chain = Make(), fused = MakeFused();
        for (int i = 0; i < 60; i++)
        {
            (ServiceDirection direction, byte[] frame) = random.Next(8) == 0 ? ((ServiceDirection)random.Next(2), Noise(random)) : Any(random);
            (ServiceResult one, byte[] left) = Send(chain, direction, [.. frame]);
            (ServiceResult two, byte[] right) = Send(fused, direction, [.. frame]);
            if ((one.Action, one.Reason) != (two.Action, two.Reason) || !left.AsSpan().SequenceEqual(right))
            {
                return false;
            }
        }

        return (chain.Counters.Forwarded, chain.Counters.Dropped, chain.FlowCount) == (fused.Counters.Forwarded, fused.Counters.Dropped, fused.FlowCount);
    });

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_fused_service_that_resizes_is_a_fault_and_one_that_changes_flows_is_refused()
    {
        var catalog = new ServiceCatalog();
        catalog.Define<Fused<Grower, ProbeState, Counter1, long>, FusedState<ProbeState, long>>("both", _ => new Fused<Grower, ProbeState, Counter1, long>(default, default));
        using var set = new ServiceSet(Options("both"), catalog);
        (ServiceResult result, _) = Send(set, ServiceDirection.FromMachine, Udp(Machine, 1, Remote, 53));
        Assert.Equal((ServiceAction.Drop, ServiceReason.ServiceFault), (result.Action, result.Reason));
        Assert.Throws<ArgumentException>(() => new Fused<Changer, long, Counter1, long>(default, default));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_service_that_changes_flows_without_having_said_so_is_at_fault()
    {
        using ServiceSet honest = Single<Changer, long>(), silent = Single<SilentChanger, long>();
        Assert.Equal(ServiceAction.Forward, Out(honest, Udp(Machine, 1, Remote, 53)));
        Assert.Equal(1, honest.Counters.Changed);
        (ServiceResult result, _) = Send(silent, ServiceDirection.FromMachine, Udp(Machine, 1, Remote, 53));
        Assert.Equal(ServiceReason.ServiceFault, result.Reason);
    }

    [Fact]
    public void Flows_and_memory_never_exceed_the_machines_share_whatever_comes() => Check((random, seed) =>
    {
        using ServiceSet set = Make(flows: 16);
        long memory = set.MemoryBytes;
        for (int i = 0; i < 60; i++)
        {
            byte[] frame = random.Next(3) == 0 ? Noise(random) : Any(random, ports: 2000).Frame;
            _ = Send(set, (ServiceDirection)random.Next(2), frame);
        }

        ServiceSetCounters counters = set.Counters;
        return set.FlowCount <= set.IPv4Capacity + set.IPv6Capacity && set.MemoryBytes == memory && counters.Packets == counters.Forwarded + counters.Dropped + counters.Consumed;
    });

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_packet_that_a_service_makes_longer_than_there_is_room_is_dropped_as_too_long_and_stays_whole()
    {
        var catalog = new ServiceCatalog();
        catalog.Define<Grower, ProbeState>("grower", _ => default);
        using var set = new ServiceSet(Options("grower"), catalog);
        byte[] frame = Udp(Machine, 1, Remote, 53);
        (ServiceResult result, byte[] after) = Send(set, ServiceDirection.FromMachine, [.. frame]);
        Assert.Equal((ServiceAction.Drop, ServiceReason.TooLong), (result.Action, result.Reason));
        Assert.Equal(frame, after);
    }

    [Fact]
    public void A_service_of_a_new_version_takes_over_what_the_old_one_remembers_of_living_flows()
    {
        using ServiceSet old = Single<Counter1, long>(), next = Single<Counter2, Wide>();
        _ = Out(old, Udp(Machine, 1, Remote, 53));
        _ = In(old, Udp(Remote, 53, Machine, 1));
        Assert.Equal(0, next.TakeOver(old, Start));
        _ = Out(next, Udp(Machine, 1, Remote, 53));
        Assert.Equal("3 packets", Assert.Single(next.Explain(0)).Words);
        Assert.Equal((0, 1), (old.FlowCount, next.FlowCount));

        // A version that it does not know begins anew, and says so.
        using ServiceSet older = Single<Counter1, long>();
        Assert.Equal(1, older.TakeOver(next, Start));
        Assert.Equal(0, older.FlowCount);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_host_that_cannot_read_the_version_of_a_state_refuses_the_machine_and_the_source_goes_on()
    {
        using ServiceSet from = Single<Counter2, Wide>(), to = Single<Counter1, long>();
        _ = Out(from, Udp(Machine, 1, Remote, 53));
        var options = new MigrationOptions { Id = 1, Epoch = 1 };
        var source = new MigrationSource(from, options, Start);
        var target = new MigrationTarget(to, options, Start);
        byte[] outwards = new byte[options.MessageBytes], back = new byte[64];
        int answer = 0;
        for (int step = 0; step < 20; step++)
        {
            answer = target.Step(outwards.AsSpan(0, source.Step(back.AsSpan(0, answer), Start, outwards)), Start, back);
        }

        Assert.Equal((MigrationState.Aborted, MigrationFailure.StateRefused), (source.State, source.Failure));
        Assert.Equal((MigrationState.Aborted, MigrationFailure.StateRefused), (target.State, target.Failure));
        Assert.Equal((1, 0, false), (from.FlowCount, to.FlowCount, from.IsFrozen));
        Assert.Equal(ServiceAction.Forward, Out(from, Udp(Machine, 1, Remote, 53)));
        Assert.Equal("2 packets", Assert.Single(from.Explain(0)).Words);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_state_of_another_version_that_is_cut_is_refused_wherever_it_is_cut()
    {
        using ServiceSet from = Single<Counter1, long>();
        _ = Out(from, Udp(Machine, 1, Remote, 53));
        byte[] record = new byte[4096], schema = new byte[ServiceSet.MaxSchemaBytes];
        int schemaLength = from.WriteSchema(schema);
        from.BeginExport();
        int length = from.Export(record, Start);
        for (int cut = 8; cut <= length; cut++)
        {
            using ServiceSet to = Single<Counter2, Wide>();
            Assert.True(to.BeginImport(schema.AsSpan(0, schemaLength), from.IPv4Capacity, from.IPv6Capacity));
            BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(5), (ushort)(cut - 7));
            ImportResult result = to.Import(record.AsSpan(0, cut), Start);
            Assert.Equal(cut == length ? (true, 1) : (false, 0), (result == ImportResult.Taken, to.FlowCount));
        }
    }

    private static ServiceSet Single<TService, TState>()
        where TService : struct, IService<TState>
        where TState : unmanaged
    {
        var catalog = new ServiceCatalog();
        catalog.Define<TService, TState>("counter", _ => default);
        return new ServiceSet(Options("counter"), catalog);
    }

    private static void Check(Func<Random, int, bool> holds) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => holds(new Random(seed), seed)).Check(Chance.Of(Schedules));

    private static ServiceSet Make(int flows = 64, ServiceCatalog? catalog = null, uint machine = 7) =>
        new(Options("connections", "firewall", "balancer") with { Machine = new MachineId(machine), IPv4Flows = flows, IPv6Flows = 16 }, catalog ?? Catalog());

    private static ServiceCatalog Catalog()
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ConnectionTracker, ConnectionState>("connections", _ => new ConnectionTracker(new ConnectionTrackerOptions { PickUp = true }));
        catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy([new FirewallRule { Name = "no", Action = FirewallAction.Drop, FirstPort = 3, LastPort = 3 }], FirewallAction.Allow)));
        catalog.Define<LoadBalancer, LoadBalancerState>("balancer", _ => new LoadBalancer([new VirtualService(IPv6Address.MapIPv4(Other), IpProtocol.Udp, 53, [new Backend(IPv6Address.MapIPv4(Remote), 5353)])], new HashSeed(1, 2)));
        return catalog;
    }

    /// <summary>The services of <see cref="Make"/> as one.</summary>
    private static ServiceSet MakeFused()
    {
        var catalog = new ServiceCatalog();
        catalog.Define<Fused<ConnectionTracker, ConnectionState, Fused<Firewall, FirewallState, LoadBalancer, LoadBalancerState>, FusedState<FirewallState, LoadBalancerState>>, FusedState<ConnectionState, FusedState<FirewallState, LoadBalancerState>>>(
            "all",
            _ => new(
                new ConnectionTracker(new ConnectionTrackerOptions { PickUp = true }),
                new(
                    new Firewall(new FirewallPolicy([new FirewallRule { Name = "no", Action = FirewallAction.Drop, FirstPort = 3, LastPort = 3 }], FirewallAction.Allow)),
                    new LoadBalancer([new VirtualService(IPv6Address.MapIPv4(Other), IpProtocol.Udp, 53, [new Backend(IPv6Address.MapIPv4(Remote), 5353)])], new HashSeed(1, 2)))));
        return new ServiceSet(Options("all") with { IPv4Flows = 64, IPv6Flows = 16 }, catalog);
    }

    private static void Talk(ServiceSet set, Random random, int packets)
    {
        for (int i = 0; i < packets; i++)
        {
            (ServiceDirection direction, byte[] frame) = Any(random);
            _ = Send(set, direction, frame);
        }
    }

    private static (ServiceDirection Direction, byte[] Frame) Any(Random random, int ports = 8)
    {
        ushort port = (ushort)random.Next(1, ports);
        return random.Next(7) switch
        {
            0 => (ServiceDirection.FromMachine, Udp(Machine, port, Other, 53)),
            1 => (ServiceDirection.ToMachine, Udp(Remote, 5353, Machine, port)),
            2 => (ServiceDirection.FromMachine, Udp(Machine, port, Remote, (ushort)random.Next(1, 5))),
            3 => (ServiceDirection.FromMachine, Tcp(Machine, port, Remote, 80, TcpFlags.Syn, (uint)random.Next(3))),
            4 => (ServiceDirection.ToMachine, Tcp(Remote, 80, Machine, port, TcpFlags.Syn | TcpFlags.Ack, 5, 1)),
            5 => (ServiceDirection.ToMachine, Tcp(Remote, 80, Machine, port, TcpFlags.Rst, 6)),
            _ => (ServiceDirection.ToMachine, Unreachable(Remote, Machine, Udp(Machine, port, Remote, 5353))),
        };
    }

    private static byte[] Noise(Random random)
    {
        byte[] frame = Any(random).Frame;
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            frame[random.Next(12, frame.Length)] = (byte)random.Next(256);
        }

        return frame;
    }

    /// <summary>Everything that a set remembers, without the places where it lies.</summary>
    private static HashSet<string> State(ServiceSet set)
    {
        var state = new HashSet<string>();
        byte[] chunk = new byte[64 * 1024];
        set.BeginExport();
        for (int length = set.Export(chunk, Start); length > 0; length = set.Export(chunk, Start))
        {
            for (ReadOnlySpan<byte> left = chunk.AsSpan(0, length); !left.IsEmpty;)
            {
                int body = BinaryPrimitives.ReadUInt16LittleEndian(left[5..]);
                _ = body > 0 && state.Add(Convert.ToHexString(left.Slice(7, body)));
                left = left[(7 + body)..];
            }
        }

        set.EndExport();
        return state;
    }

    /// <summary>Wants more room than any packet has.</summary>
    private struct Grower : IService<ProbeState>
    {
        public static ServiceInfo Info { get; } = new() { Kind = "grower", StateVersion = 1 };

        public readonly ServiceVerdict Process(ref ServiceCall call, ref ProbeState state)
        {
            call.Resize(100_000, 0);
            return ServiceVerdict.Pass;
        }

        public readonly void End(ref ProbeState state)
        {
        }
    }

    /// <summary>Says of every packet that it is another flow's.</summary>
    private struct Changer : IService<long>
    {
        public static ServiceInfo Info { get; } = new() { Kind = "changer", StateVersion = 1 };

        public static bool ChangesFlow => true;

        public readonly ServiceVerdict Process(ref ServiceCall call, ref long state) => ServiceVerdict.ChangeFlow;

        public readonly void End(ref long state)
        {
        }
    }

    /// <summary>The same, but nobody knows.</summary>
    private struct SilentChanger : IService<long>
    {
        public static ServiceInfo Info { get; } = new() { Kind = "changer", StateVersion = 1 };

        public readonly ServiceVerdict Process(ref ServiceCall call, ref long state) => ServiceVerdict.ChangeFlow;

        public readonly void End(ref long state)
        {
        }
    }

    private struct Counter1 : IService<long>
    {
        public static ServiceInfo Info { get; } = new() { Kind = "counter", StateVersion = 1 };

        public readonly ServiceVerdict Process(ref ServiceCall call, ref long state)
        {
            state++;
            return ServiceVerdict.Pass;
        }

        public readonly void End(ref long state)
        {
        }
    }

    private struct Wide
    {
        public long Other;
        public long Packets;
    }

    private struct Counter2 : IService<Wide>
    {
        public static ServiceInfo Info { get; } = new() { Kind = "counter", StateVersion = 2 };

        public readonly ServiceVerdict Process(ref ServiceCall call, ref Wide state)
        {
            state.Packets++;
            state.Other--;
            return ServiceVerdict.Pass;
        }

        public readonly void End(ref Wide state)
        {
        }

        public readonly string Explain(in Wide state) => $"{state.Packets} packets";

        public static bool TryConvert(ushort version, ReadOnlySpan<byte> bytes, out Wide state)
        {
            state = new Wide { Packets = version == 1 ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : 0 };
            return version == 1;
        }
    }
}
