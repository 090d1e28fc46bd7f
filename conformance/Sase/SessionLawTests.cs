using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Conformance.SaseTests;

/// <summary>
/// Schedules of crashes, restarts, pauses, partitions and drains, after which every session has one start and one end, unless its node died, no name was there twice, and no packet
/// has left without a session. <see cref="SimulationTests"/> has what else holds.
/// </summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class SessionLawTests
{
    private static readonly Arbitrary<Schedule> Any = Arb.From(
        from seed in Gen.Choose(1, int.MaxValue)
        from mishaps in (from after in Gen.Choose(0, 60)
                         from kind in Gen.Choose(0, (int)MishapKind.Restart)
                         from node in Gen.Choose(0, 2)
                         from other in Gen.Choose(0, 4)
                         from amount in Gen.Choose(1, 200)
                         select new Mishap(after, (MishapKind)kind, node, other, amount)).ArrayOf()
        select new Schedule(seed, mishaps),
        schedule => Enumerable.Range(0, schedule.Mishaps.Length).Select(skip => schedule with { Mishaps = [.. schedule.Mishaps.Where((_, at) => at != skip)] }));

    [Fact]
    public void Every_session_is_named_once_starts_once_and_ends_once_and_no_packet_leaves_without_one() =>
        Check.One(Chance.Of(100).WithReplay(1, 1), Prop.ForAll(Any, Live));

    private static void Live(Schedule schedule)
    {
        var ledger = new SessionLedger();
        using var run = new SimulatedRun(schedule.Seed, (_, options) => SessionLedger.Noted(options));
        Action<int, uint, byte[]> before = run.Pop.OnUplink!;
        run.Pop.OnUplink = (node, vni, packet) =>
        {
            before(node, vni, packet);
            FlowKey4 outside = NatTests.NatTestBed.Flow(packet);
            Assert.True(ledger.Take(run.Pop.Nodes[node]).Lives(node, outside.Source, outside.SourcePort), $"node {node} sends from {outside} without a session");
        };
        Pass(run, ledger, 450, hasTraffic: false);
        foreach (Mishap mishap in schedule.Mishaps)
        {
            Pass(run, ledger, mishap.After, hasTraffic: true);
            Change(run, ledger, () => run.Suffer(mishap));
        }

        Pass(run, ledger, 60, hasTraffic: true);
        Change(run, ledger, run.Heal);
        // Mostly at once, but a node that was in the middle of something when it healed has as long as in the other schedules.
        for (int i = 0; i < 5 && (i == 0 || ledger.Open == 0); i++)
        {
            Pass(run, ledger, 300, hasTraffic: true);
        }

        foreach (ManagedServiceNode node in run.Pop.Nodes)
        {
            node.EndSessions();
            _ = ledger.Take(node);
            Assert.Equal((0L, node.Counters.SessionsStarted), (node.Counters.SessionRecordsLost, node.Counters.SessionsEnded));
        }

        Assert.Equal(0, ledger.Open);
        Assert.Contains(ledger.All, record => record.Kind == SessionRecordKind.Ended);
    }

    /// <summary>Something goes wrong, or comes right. A process that is gone has said what it had to say by then, and ends nothing any more.</summary>
    private static void Change(SimulatedRun run, SessionLedger ledger, Action what)
    {
        ManagedServiceNode[] before = [.. run.Pop.Nodes];
        what();
        for (int node = 0; node < before.Length; node++)
        {
            if (run.Pop.Nodes[node] != before[node])
            {
                _ = ledger.Take(before[node]);
                ledger.Lose(node);
            }
        }
    }

    private static void Pass(SimulatedRun run, SessionLedger ledger, int milliseconds, bool hasTraffic)
    {
        for (int i = 0; i < milliseconds; i++)
        {
            if (hasTraffic)
            {
                run.Traffic();
            }

            run.Pop.Run(1);
            foreach (ManagedServiceNode node in run.Pop.Nodes)
            {
                _ = ledger.Take(node);
            }
        }
    }
}
