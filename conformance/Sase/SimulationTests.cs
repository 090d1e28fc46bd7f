using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Conformance.SaseTests;

/// <summary>
/// Thousands of schedules of crashes, pauses, partitions, drains, loss, repetition, reordering and clocks that differ in simulated time, made by FsCheck, and made as
/// small as can be when one fails. <c>WEFT_SASE_SCHEDULES</c> says how many are run, <c>WEFT_SASE_SEED</c> which ones; a failure names itself.
/// </summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class SimulationTests
{
    private const int Nodes = 3;
    private const int Members = 5;

    private static readonly Gen<Mishap> AnyMishap =
        from after in Gen.Choose(0, 60)
        from kind in Gen.Choose(0, (int)MishapKind.Restart)
        from node in Gen.Choose(0, Nodes - 1)
        from other in Gen.Choose(0, Members - 1)
        from amount in Gen.Choose(1, 200)
        select new Mishap(after, (MishapKind)kind, node, other, amount);

    private static readonly Arbitrary<Schedule> Any = Arb.From(
        from seed in Gen.Choose(1, int.MaxValue)
        from mishaps in AnyMishap.ArrayOf()
        select new Schedule(seed, mishaps),
        Smaller);

    private static int Schedules => int.Parse(Environment.GetEnvironmentVariable("WEFT_SASE_SCHEDULES") ?? "1000", CultureInfo.InvariantCulture);

    private static ulong Seed => ulong.Parse(Environment.GetEnvironmentVariable("WEFT_SASE_SEED") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public void In_every_schedule_a_gateway_accepts_one_node_an_epoch_epochs_never_go_back_and_no_public_port_is_two_tenants() => ForEvery(Any, schedule => Live(schedule, store: null));

    [Fact]
    public void In_every_schedule_a_store_that_is_slow_forgetful_and_repeats_itself_changes_none_of_that() => ForEvery(Any, schedule => Live(schedule, new OwnershipTable(4)), Math.Max(1, Schedules / 2));

    [Fact]
    public void In_every_schedule_with_one_failure_flows_that_the_backup_acknowledged_keep_their_public_endpoint() =>
        ForEvery(Arb.From(Gen.Choose(1, int.MaxValue).Select(seed => new Schedule(seed, []))), schedule =>
        {
            using var run = new SimulatedRun(schedule.Seed);
            run.Pop.Loss = run.Random.NextDouble() * 0.05;
            run.Pop.Duplication = run.Random.NextDouble() * 0.1;
            run.Pop.JitterMilliseconds = run.Random.Next(4);
            run.Pop.Run(500);
            int until = run.Random.Next(20, 150);
            for (int i = 0; i < until; i++)
            {
                run.Traffic();
                run.Pop.Run(1);
            }

            int owner = run.Pop.ActiveOf(0);
            for (int i = 0; i < 200 && !run.Pop.Nodes[owner].IsBackupCurrent(0); i++)
            {
                run.Pop.Run(1);
            }

            Assert.True(run.Pop.Nodes[owner].IsBackupCurrent(0), "the backup never caught up");
            Dictionary<(uint, ushort), (IPv4Address, ushort)> before = run.Endpoints(SimulatedRun.Acme);
            int kind = run.Random.Next(4);
            switch (kind)
            {
                case 0:
                    run.Pop.Kill(owner);
                    break;
                case 3:
                    Return(run, owner);
                    break;
                case 1:
                    run.Pop.Pause(owner, run.Random.Next(40, 400));
                    break;
                default:
                    run.Pop.Isolate(owner);
                    break;
            }

            run.Pop.Run(500);

            // Who only stood still may be the owner again, if nobody has noticed.
            Assert.True(kind == 1 || owner != run.Pop.ActiveOf(0), "nobody took over");
            run.Pop.Loss = 0;
            Assert.Equal(before, run.Ask(SimulatedRun.Acme, before.Keys));
        });

    [Fact]
    public void In_every_schedule_in_which_the_owner_is_back_at_once_a_slow_store_gives_nobody_a_bundle_without_its_flows() =>
        ForEvery(Arb.From(Gen.Choose(1, int.MaxValue).Select(seed => new Schedule(seed, []))), schedule =>
        {
            var table = new OwnershipTable(4);
            using var run = new SimulatedRun(schedule.Seed, (node, options) => options with { Store = new LateStore(table.Client(), schedule.Seed + node) { Delay = schedule.Seed % 400 } });
            run.Pop.Run(2500);
            (run.Pop.Loss, run.Pop.Duplication, run.Pop.JitterMilliseconds) = (run.Random.NextDouble() * 0.05, run.Random.NextDouble() * 0.1, run.Random.Next(4));
            for (int i = 0; i < 4000 && (i < 100 || run.Pop.ActiveOf(0) < 0 || !run.Pop.Nodes[run.Pop.ActiveOf(0)].IsBackupCurrent(0)); i++)
            {
                run.Traffic();
                run.Pop.Run(1);
            }

            int owner = run.Pop.ActiveOf(0);
            Dictionary<(uint, ushort), (IPv4Address, ushort)> before = run.Endpoints(SimulatedRun.Acme);
            Return(run, owner);
            for (int i = 0; i < 6000 && (run.Pop.ActiveOf(0) < 0 || run.Pop.ActiveOf(0) == owner); i++)
            {
                run.Pop.Run(1);
            }

            Assert.NotEqual(owner, run.Pop.ActiveOf(0));
            run.Pop.Loss = 0;
            run.Pop.Run(300);
            Assert.Equal(before, run.Ask(SimulatedRun.Acme, before.Keys));
        }, Math.Max(1, Schedules / 4));

    [Fact]
    public void In_every_schedule_in_which_the_owner_dies_no_flow_of_which_a_packet_has_left_begins_anew() =>
        ForEvery(Arb.From(Gen.Choose(1, int.MaxValue).Select(seed => new Schedule(seed, []))), schedule =>
        {
            using var run = new SimulatedRun(schedule.Seed, (_, options) => options with { Commit = new CommitOptions { FailOpen = false, Packets = 64 } });
            run.Pop.Run(500);
            (run.Pop.Loss, run.Pop.Duplication, run.Pop.JitterMilliseconds) = (run.Random.NextDouble() * 0.6, run.Random.NextDouble() * 0.1, run.Random.Next(6));
            for (int i = run.Random.Next(5, 120); i > 0; i--)
            {
                run.Traffic();
                run.Pop.Run(1);
            }

            int owner = run.Pop.ActiveOf(0);
            ManagedServiceNode node = run.Pop.Nodes[owner];
            run.Pop.Kill(owner);
            Dictionary<(uint, ushort), (IPv4Address, ushort)> before = run.Endpoints(SimulatedRun.Acme);
            CommitTests.Check(node, waits: null, acknowledged: null, expired: 0, givenUp: null);
            run.Pop.Run(600);
            run.Pop.Loss = 0;
            Assert.Equal(before, run.Ask(SimulatedRun.Acme, before.Keys));
        }, Math.Max(1, Schedules / 2));

    [Fact]
    public void In_every_schedule_in_which_the_owner_dies_the_next_ones_services_remember_every_flow_of_which_a_packet_has_left() =>
        ForEvery(Arb.From(Gen.Choose(1, int.MaxValue).Select(seed => new Schedule(seed, []))), schedule =>
        {
            var memories = new RememberedFlows[Nodes];
            using var run = new SimulatedRun(schedule.Seed, (node, options) => options with { Chain = memories[node] = new RememberedFlows(), Commit = new CommitOptions { FailOpen = false, Packets = 64 } });
            run.Pop.Run(700);
            (run.Pop.Loss, run.Pop.Duplication, run.Pop.JitterMilliseconds) = (run.Random.NextDouble() * 0.5, run.Random.NextDouble() * 0.1, run.Random.Next(6));
            for (int i = run.Random.Next(5, 250); i > 0; i--)
            {
                run.Traffic();
                run.Pop.Run(1);
            }

            int owner = run.Pop.ActiveOf(0);
            bool drains = run.Random.Next(3) == 0;
            if (drains)
            {
                // As planned: nothing at all is forgotten, and what every flow counted is known to the last packet.
                run.Pop.Loss = 0;
                run.Pop.Nodes[owner].Drain();
                run.Pop.Run(600);
            }

            Dictionary<(uint Vni, ushort Port), (IPv4Address, ushort)> left = run.Endpoints(SimulatedRun.Acme);
            if (!drains)
            {
                run.Pop.Kill(owner);
                run.Pop.Run(600);
            }

            int next = run.Pop.ActiveOf(0);
            Assert.NotEqual(owner, next);
            Assert.All(left.Keys, flow => Assert.True(memories[next].Knows(SimulatedRun.Acme, flow.Port), $"{flow} is forgotten"));
            if (drains)
            {
                Assert.All(left.Keys, flow => Assert.Equal(memories[owner].PacketsOf(SimulatedRun.Acme, flow.Port), memories[next].PacketsOf(SimulatedRun.Acme, flow.Port)));
            }
        }, Math.Max(1, Schedules / 4));

    /// <summary>A node dies and is back, before the others could miss it or after, heard by its session first or by what it says.</summary>
    private static void Return(SimulatedRun run, int node)
    {
        run.Pop.Kill(node);
        run.Pop.Run(run.Random.Next(60));
        run.Pop.Restart(node, isMissed: run.Random.Next(2) == 0);
    }

    private static void Live(Schedule schedule, OwnershipTable? store)
    {
        var stores = new List<LateStore>();
        using var run = new SimulatedRun(schedule.Seed, store is null ? null : (node, options) =>
        {
            stores.Add(new LateStore(store.Client(), schedule.Seed + node));
            return options with { Store = stores[^1] };
        });
        run.Pop.Run(450);
        foreach (Mishap mishap in schedule.Mishaps)
        {
            Pass(run, mishap.After);
            run.Suffer(mishap);
        }

        Pass(run, 60);
        run.Heal();
        stores.ForEach(late => late.Lost = 0);
        run.Pop.Run(store is null ? 1500 : 4000);
        run.CheckAgreement();
    }

    private static void Pass(SimulatedRun run, int milliseconds)
    {
        for (int i = 0; i < milliseconds; i++)
        {
            run.Traffic();
            run.Pop.Run(1);
            run.CheckEpochs();
        }
    }

    /// <summary>The same with a mishap less, or with one that comes at once.</summary>
    private static IEnumerable<Schedule> Smaller(Schedule schedule) =>
    [
        .. Enumerable.Range(0, schedule.Mishaps.Length).Select(skip => schedule with { Mishaps = [.. schedule.Mishaps.Where((_, at) => at != skip)] }),
        .. Enumerable.Range(0, schedule.Mishaps.Length).Where(at => schedule.Mishaps[at].After > 0).Select(at => schedule with { Mishaps = [.. schedule.Mishaps.Select((mishap, place) => place == at ? mishap with { After = mishap.After / 2 } : mishap)] }),
    ];

    private static void ForEvery(Arbitrary<Schedule> schedules, Action<Schedule> law, int? count = null)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{count ?? Schedules} schedules, seed {Seed}");
        Prop.ForAll(schedules, law).Check(Chance.Of(count ?? Schedules).WithStartSize(1).WithEndSize(40).WithReplay(Seed, 1));
    }
}
