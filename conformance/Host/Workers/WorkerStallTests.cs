using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.HostTests.WorkerFrames;

namespace Weft.Conformance.HostTests;

/// <summary>A worker that stands still costs its own frames, and no others.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class WorkerStallTests
{
    private const int Flows = 64;

    /// <summary>Two ports of one VLAN and of the first worker: those with even numbers.</summary>
    private const int Near = 0, Far = 2;

    /// <summary>Drops while the second of two workers stands still.</summary>
    public static Dictionary<string, long> DropsOfAStall()
    {
        using SwitchRig rig = Stalled(rounds: 20, out _);
        return rig.Run().Drops();
    }

    [Fact]
    public void Frames_for_a_worker_that_stands_still_are_dropped_and_counted_once_its_ring_is_full_and_all_others_pass()
    {
        using SwitchRig rig = Stalled(rounds: 20, out Dictionary<ushort, int> arrived);
        long ringFull = rig.Switch.Snapshot(SnapshotParts.None).Workers[0].RingFull;
        Assert.True(ringFull > 0);
        Assert.All(arrived, flow => Assert.Equal(20, flow.Value));
        Assert.InRange(arrived.Count, Flows / 4, Flows * 3 / 4);
        Assert.True(rig.Switch.Totals.Balanced);

        // It goes on: what its ring holds is late and not lost.
        rig.Run();
        int late = rig.Out(Far).Count;
        Assert.Equal(Flows * 20, late + arrived.Values.Sum() + ringFull);
        Assert.Equal(0, rig.Switch.Totals.Held);
        Assert.Equal(2 * rig.Switch.Plan.PoolBuffers, rig.Switch.BuffersAvailable);
    }

    [Fact]
    public void A_worker_that_stands_still_does_not_exhaust_the_buffers_of_others()
    {
        using SwitchRig rig = Stalled(rounds: 200, out Dictionary<ushort, int> arrived);
        Assert.All(arrived, flow => Assert.Equal(200, flow.Value));
        WorkerSnapshot worker = rig.Switch.Snapshot(SnapshotParts.None).Workers[0];
        Assert.InRange(worker.BuffersFree, worker.Buffers / 2, worker.Buffers);
    }

    /// <summary>Steps the first worker alone while flows of both arrive; what comes out is its own.</summary>
    private static SwitchRig Stalled(int rounds, out Dictionary<ushort, int> arrived)
    {
        SwitchPlan plan = Resolved() with { Workers = 2, PoolBuffers = 256 };
        plan = plan with { Ports = [plan.Ports[Web1], plan.Ports[Db], plan.Ports[Web2], plan.Ports[Trunk], plan.Ports[Up0]] };
        var rig = new SwitchRig(plan);
        rig.Pass(Far, Plain(Broadcast, B));
        rig.AllOut();
        arrived = [];
        for (uint round = 0; round < rounds; round++)
        {
            for (ushort flow = 0; flow < Flows; flow++)
            {
                rig.Send(Near, Udp(B, A, flow, round));
            }

            _ = rig.Switch.Workers[0].Round(rig.Now);
            foreach (byte[] frame in rig.Out(Far))
            {
                ushort flow = Read(frame).Flow;
                arrived[flow] = arrived.GetValueOrDefault(flow) + 1;
            }
        }

        return rig;
    }
}
