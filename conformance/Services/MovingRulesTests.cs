using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>What becomes of state of each kind when a machine moves, and of both ends when one of them dies at the wrong moment.</summary>
public sealed class MovingRulesTests
{
    private static readonly MigrationOptions Move = new() { Id = 4, Epoch = 1 };

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void State_bound_to_the_host_keeps_the_machine_there_or_stays_behind_as_the_options_say()
    {
        using ServiceSet refused = Make<Bound>(), from = Make<Bound>(), to = Make<Bound>();
        _ = Out(refused, Udp(Machine, 1, Remote, 53));
        var source = new MigrationSource(refused, Move, Start);
        Assert.Equal((MigrationState.Aborted, MigrationFailure.Pinned, false), (source.State, source.Failure, refused.IsFrozen));

        _ = Out(from, Udp(Machine, 1, Remote, 53));
        // A flow that does not visit the service has nothing that is bound.
        from.SetClassifier(new RuleClassifier([], new ServiceSelection(new ServiceMask(1), new ServiceMask(1))), reclassify: false);
        _ = Out(from, Udp(Machine, 2, Remote, 53));
        Assert.Equal(MigrationState.Moved, Carry(from, to, Move with { Pinned = PinnedFlows.LeaveBehind }));
        Assert.Equal((0, 1), (from.FlowCount, to.FlowCount));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void State_that_fills_again_by_itself_begins_empty_on_the_new_host()
    {
        using ServiceSet from = Make<Cache>(), to = Make<Cache>();
        for (int i = 0; i < 5; i++)
        {
            _ = Out(from, Udp(Machine, 1, Remote, 53));
        }

        Assert.Equal(MigrationState.Moved, Carry(from, to, Move));
        _ = Out(to, Udp(Machine, 1, Remote, 53));
        Assert.Equal((1, "1"), (to.FlowCount, to.Explain(0)[1].Words));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Records_that_come_twice_change_nothing_the_second_time()
    {
        using ServiceSet from = Make<Cache>(), once = Make<Cache>(), twice = Make<Cache>();
        foreach (ushort port in Enumerable.Range(1, 30))
        {
            _ = Out(from, Udp(Machine, port, Remote, 53));
        }

        byte[] schema = new byte[ServiceSet.MaxSchemaBytes], records = new byte[64 * 1024];
        int length = from.WriteSchema(schema);
        from.BeginExport();
        int bulk = from.Export(records, Start);
        _ = In(from, Udp(Remote, 53, Machine, 7));
        int delta = from.Export(records.AsSpan(bulk), Start);
        Assert.True(delta > 0);
        foreach (ServiceSet to in new[] { once, twice })
        {
            Assert.True(to.BeginImport(schema.AsSpan(0, length), from.IPv4Capacity, from.IPv6Capacity));
            for (int pass = to == twice ? 2 : 1; pass > 0; pass--)
            {
                Assert.Equal(ImportResult.Taken, to.Import(records.AsSpan(0, bulk + delta), Start));
                Assert.Equal(ImportResult.Taken, to.Import(records.AsSpan(bulk, delta), Start));
            }
        }

        Assert.Equal(Records(once), Records(twice));
        Assert.Equal(30, twice.FlowCount);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_source_that_dies_once_the_target_owns_the_machine_is_not_missed()
    {
        using ServiceSet from = Make<Cache>(), to = Make<Cache>();
        _ = Out(from, Udp(Machine, 1, Remote, 53));
        var source = new MigrationSource(from, Move, Start);
        var target = new MigrationTarget(to, Move, Start);
        byte[] send = new byte[Move.MessageBytes], back = new byte[64];
        int answer = 0;
        while (target.State != MigrationState.Committing)
        {
            answer = target.Step(send.AsSpan(0, source.Step(back.AsSpan(0, answer), Start, send)), Start, back);
        }

        target.Claimed(true);
        // Nobody hears that it owns the machine, and nobody ever answers.
        Assert.True(target.Step([], Start, back) > 0);
        Assert.Equal(0, target.Step([], Start + TimeSpan.FromHours(1), back));
        Assert.Equal((MigrationState.Moved, false), (target.State, to.IsFrozen));
        Assert.Equal(ServiceAction.Forward, In(to, Udp(Remote, 53, Machine, 1)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_target_that_dies_after_it_took_over_costs_the_flows_that_it_had_and_nothing_is_processed_twice()
    {
        using ServiceSet from = Make<Cache>(), to = Make<Cache>();
        _ = Out(from, Udp(Machine, 1, Remote, 53));
        Assert.Equal(MigrationState.Moved, Carry(from, to, Move));
        // The target is gone from here on; the source keeps what comes, and processes none of it.
        Assert.Equal(ServiceAction.Hold, Out(from, Udp(Machine, 1, Remote, 53)));
        Assert.Equal((0, 1L, 1L), (from.FlowCount, from.Counters.Held, from.CountersOf(0).Packets));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_service_that_asks_for_another_classification_with_every_packet_gets_it_once_a_packet()
    {
        var log = new List<string>();
        var catalog = new ServiceCatalog();
        catalog.Define<Probe, ProbeState>("a", _ => new Probe("a", log, _ => ServiceVerdict.Reclassify));
        catalog.Define<Probe, ProbeState>("b", _ => new Probe("b", log, _ => ServiceVerdict.Reclassify));
        using var set = new ServiceSet(Options("a", "b"), catalog);
        _ = Out(set, Udp(Machine, 1, Remote, 53));
        log.Clear();
        Assert.Equal(ServiceAction.Forward, Out(set, Udp(Machine, 1, Remote, 53)));
        Assert.Equal(["a", "b"], log);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_machine_with_more_instances_moves_to_a_host_with_fewer_and_every_flow_has_one()
    {
        using ServiceSet from = Pool(5), to = Pool(2);
        foreach (ushort port in Enumerable.Range(1, 40))
        {
            _ = Out(from, Udp(Machine, port, Remote, 53));
        }

        Assert.Equal(MigrationState.Moved, Carry(from, to, Move));
        foreach (ushort port in Enumerable.Range(1, 40))
        {
            Assert.Equal(ServiceAction.Forward, In(to, Udp(Remote, 53, Machine, port)));
        }

        Assert.Equal((40, 0L), (to.FlowCount, to.CountersOf(0).Faults));
    }

    private static ServiceSet Pool(int instances)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ServicePool<ConnectionTracker, ConnectionState>, PooledState<ConnectionState>>(
            "tracked", _ => new ServicePool<ConnectionTracker, ConnectionState>(_ => new ConnectionTracker(new ConnectionTrackerOptions()), instances));
        return new ServiceSet(Options("tracked"), catalog);
    }

    private static ServiceSet Make<TService>()
        where TService : struct, IService<ProbeState>
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ConnectionTracker, ConnectionState>("tracked", _ => new ConnectionTracker(new ConnectionTrackerOptions()));
        catalog.Define<TService, ProbeState>("own", _ => default);
        return new ServiceSet(Options("tracked", "own"), catalog);
    }

    private static MigrationState Carry(ServiceSet from, ServiceSet to, MigrationOptions options)
    {
        var source = new MigrationSource(from, options, Start);
        var target = new MigrationTarget(to, options, Start);
        byte[] send = new byte[options.MessageBytes], back = new byte[64];
        int answer = 0;
        for (int step = 0; step < 200 && source.State is not (MigrationState.Moved or MigrationState.Aborted); step++)
        {
            answer = target.Step(send.AsSpan(0, source.Step(back.AsSpan(0, answer), Start, send)), Start, back);
            if (target.State == MigrationState.Committing)
            {
                target.Claimed(true);
                answer = target.Step([], Start, back);
            }
        }

        return source.State;
    }

    /// <summary>All flows of a set as it would export them, in an order of their own.</summary>
    private static List<string> Records(ServiceSet set)
    {
        byte[] into = new byte[set.MaxRecordBytes];
        var records = new List<string>();
        set.BeginExport();
        for (int length = set.Export(into, Start); length > 0; length = set.Export(into, Start))
        {
            // Behind kind, place and length.
            records.Add(Convert.ToHexString(into.AsSpan(7, length - 7)));
        }

        set.EndExport();
        records.Sort(StringComparer.Ordinal);
        return records;
    }

    /// <summary>Bound to its host.</summary>
    private readonly struct Bound : IService<ProbeState>
    {
        public static ServiceInfo Info { get; } = new() { Kind = "bound", StateVersion = 1, State = StateKind.Pinned };

        public ServiceVerdict Process(ref ServiceCall call, ref ProbeState state) => ServiceVerdict.Pass;

        public void End(ref ProbeState state)
        {
            // Nothing is held beside the state.
        }
    }

    /// <summary>Counts packets, and may begin anew.</summary>
    private readonly struct Cache : IService<ProbeState>
    {
        public static ServiceInfo Info { get; } = new() { Kind = "cache", StateVersion = 1, State = StateKind.Rebuildable };

        public ServiceVerdict Process(ref ServiceCall call, ref ProbeState state)
        {
            state.Packets++;
            return ServiceVerdict.Pass;
        }

        public void End(ref ProbeState state)
        {
            // Nothing is held beside the state.
        }

        public string Explain(in ProbeState state) => $"{state.Packets}";
    }
}
