using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.HostTests.WorkerFrames;

namespace Weft.Conformance.HostTests;

/// <summary>Laws of a switch that hold with any number of workers.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class WorkerInvarianceTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Any_number_of_workers_sends_the_same_frames_and_drops_the_same(int workers) =>
        Prop.ForAll(RandomFrame.Sequences, frames => Assert.Equal(Play(frames, 1), Play(frames, workers)))
            .Check(Chance.Of(60));

    [Theory]
    [InlineData(2, 24)]
    [InlineData(4, 24)]
    [InlineData(4, 1024)]
    public void Received_and_generated_is_sent_dropped_consumed_and_held_of_all_workers_and_no_buffer_is_lost(int workers, int buffers) =>
        Prop.ForAll(RandomFrame.Sequences, frames =>
        {
            using var rig = new SwitchRig(Unresolved().With(0, blue => blue with { SuppressArp = true }) with { PoolBuffers = buffers, Workers = workers });
            foreach (RandomFrame frame in frames)
            {
                rig.Pass(frame.Ingress, frame.Bytes());
            }

            rig.Switch.Stop();
            rig.Run();
            Assert.Equal(0, rig.Switch.Totals.Held);
            Assert.Equal(buffers * workers, rig.Switch.BuffersAvailable);
        }).Check(Chance.Of(60));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void The_frames_of_a_flow_keep_their_order(int workers)
    {
        const int Flows = 40, Numbers = 25;
        using var rig = new SwitchRig(Resolved() with { Workers = workers });
        rig.Pass(Web2, Plain(Broadcast, B));
        rig.AllOut();
        for (uint number = 0; number < Numbers; number++)
        {
            for (ushort flow = 0; flow < Flows; flow++)
            {
                rig.Send(Web1, Udp(B, A, flow, number));
            }
        }

        rig.Run();
        var got = rig.Out(Web2).Select(frame => Read(frame)).ToLookup(frame => frame.Flow, frame => frame.Number);
        Assert.Equal(Flows, got.Count);
        Assert.All(got, flow => Assert.Equal(Enumerable.Range(0, Numbers).Select(number => (uint)number), flow));
        IReadOnlyList<WorkerSnapshot> shown = rig.Switch.Snapshot().Workers;
        Assert.Equal(workers, shown.Count);
        // Nobody is left out, and what one hands over another takes.
        Assert.All(shown, worker => Assert.True(workers == 1 || worker.HandedIn + worker.HandedOut > 0));
        Assert.Equal(shown.Sum(worker => worker.HandedOut), shown.Sum(worker => worker.HandedIn));
    }

    [Fact]
    public void The_same_input_gives_the_same_output_byte_by_byte_at_any_time()
    {
        List<string> first = Burst(), second = Burst();
        Assert.NotEmpty(first);
        Assert.Equal(first, second);

        static List<string> Burst()
        {
            using var rig = new SwitchRig(Unresolved() with { Workers = 4 });
            for (ushort flow = 0; flow < 50; flow++)
            {
                rig.Send(Web1, Udp(B, A, flow, 0)).Send(Web2, Udp(A, B, flow, 0)).Send(Up0, FromPeer(Udp(A, C, flow, 0)));
            }

            rig.Run();
            return [.. rig.AllOut(), .. rig.Switch.Snapshot().Workers.Select(worker => worker.ToString())];
        }
    }

    /// <summary>One frame at a moment, so that what one worker learns the others know before the next frame.</summary>
    private static List<string> Play(RandomFrame[] frames, int workers)
    {
        using var rig = new SwitchRig(Resolved().With(0, blue => blue with { SuppressArp = true }) with { Workers = workers });
        var seen = new List<string>();
        foreach (RandomFrame frame in frames)
        {
            rig.Wait(TimeSpan.FromTicks(1)).Pass(frame.Ingress, frame.Bytes());
            seen.AddRange(rig.AllOut());
        }

        SwitchSnapshot end = rig.Switch.Snapshot();
        FrameTotals totals = end.Totals;
        return
        [
            // Copies of neighbours' messages for the other workers are made and consumed besides.
            .. seen, $"{totals.Received} {totals.Sent} {totals.Dropped} {totals.Held} {totals.Generated - totals.Consumed}",
            .. end.Drops.Select(drop => drop.ToString()), .. end.Fdb.Select(entry => entry.ToString()), .. end.Bindings.Select(binding => binding.ToString()),
        ];
    }
}
