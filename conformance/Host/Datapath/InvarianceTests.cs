using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Laws of the whole switch that hold for any traffic.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class InvarianceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(256)]
    public void Any_length_of_vectors_gives_the_same_frames_in_the_same_order_and_the_same_books(int vectorSize) =>
        Prop.ForAll(RandomFrame.Sequences, frames => Assert.Equal(Play(frames, 64), Play(frames, vectorSize)))
            .Check(Chance.Of(150));

    [Fact]
    public void Received_and_generated_is_sent_dropped_consumed_and_held_and_no_buffer_is_lost() =>
        Prop.ForAll(RandomFrame.Sequences, frames =>
        {
            using var rig = new SwitchRig(Unresolved() with { PoolBuffers = 24 });
            foreach (RandomFrame frame in frames)
            {
                rig.Pass(frame.Ingress, frame.Bytes());
            }

            rig.Switch.Stop();
            rig.Run();
            Assert.Equal(0, rig.Switch.Totals.Held);
            Assert.Equal(24, rig.Switch.BuffersAvailable);
        }).Check(Chance.Of(150));

    [Fact]
    public void No_frame_leaves_by_the_port_it_came_from_unless_it_is_an_answer() =>
        Prop.ForAll(RandomFrame.Sequences, frames =>
        {
            using var rig = new SwitchRig(Resolved());
            foreach (RandomFrame frame in frames)
            {
                byte[] bytes = frame.Bytes();
                rig.Pass(frame.Ingress, bytes);
                Assert.DoesNotContain(rig.Out(frame.Ingress), sent => sent.AsSpan().SequenceEqual(bytes));
                rig.AllOut();
            }
        }).Check(Chance.Of(150));

    [Fact]
    public void No_port_gets_two_copies_of_a_frame_nor_one_of_a_segment_that_it_is_not_in() =>
        Prop.ForAll(RandomFrame.Sequences, frames =>
        {
            using var rig = new SwitchRig(Resolved());
            for (int number = 0; number < frames.Length; number++)
            {
                byte[] bytes = frames[number].Bytes();
                rig.Pass(frames[number].Ingress, bytes);
                // Web ports are of VLAN 10 alone and db of VLAN 20 alone, so that no frame comes out at both kinds.
                int[] copies = [.. new[] { Web1, Web2, Db }.Select(port => rig.Out(port).Count)];
                Assert.True(copies.Max() <= 1, $"frame {number}: {string.Join(", ", copies)} copies");
                Assert.True(copies[2] == 0 || copies[0] + copies[1] == 0, $"frame {number} came out in both segments");
                rig.AllOut();
            }
        }).Check(Chance.Of(150));

    [Fact]
    public void Another_configuration_and_back_again_leaves_what_neither_changed_as_it_was() =>
        Prop.ForAll(RandomFrame.Sequences, frames =>
        {
            using var rig = new SwitchRig(Resolved());
            foreach (RandomFrame frame in frames)
            {
                rig.Pass(frame.Ingress, frame.Bytes());
            }

            SwitchPlan plan = Resolved();
            string before = SnapshotJson.Serialize(rig.Switch.Snapshot());
            rig.Switch.Apply(plan with { Segments = [plan.Segments[0] with { Peers = [.. plan.Segments[0].Peers, new TunnelAddress(IPv4Address.Parse("192.0.2.99"))] }, .. plan.Segments.Skip(1)] }, rig.Switch.Ports);
            rig.Switch.Apply(plan, rig.Switch.Ports);
            Assert.Equal(before, SnapshotJson.Serialize(rig.Switch.Snapshot()));
        }).Check(Chance.Of(60));

    [Fact]
    public void No_name_in_a_picture_is_made_of_what_frames_say() =>
        Prop.ForAll(RandomFrame.Sequences, frames =>
        {
            using var rig = new SwitchRig(Resolved());
            string[] Names()
            {
                SwitchSnapshot picture = rig.Switch.Snapshot();
                return [.. picture.Ports.Select(port => port.Name), .. picture.Stages.Select(stage => stage.Name), .. picture.Segments.Select(segment => segment.Name), .. picture.Workers.SelectMany(worker => worker.Ports)];
            }

            string[] before = Names();
            string[] reasons = [.. DropReasons.All.Select(reason => DropReasons.Explain(reason).Name)];
            foreach (RandomFrame frame in frames)
            {
                rig.Pass(frame.Ingress, frame.Bytes());
            }

            Assert.Equal(before, Names());
            Assert.All(rig.Switch.Snapshot().Drops, drop => Assert.True(reasons.Contains(drop.Reason) && (before.Contains(drop.Port) || drop.Port == "(removed)"), $"{drop}"));
        }).Check(Chance.Of(60));

    private static List<string> Play(RandomFrame[] frames, int vectorSize)
    {
        using var rig = new SwitchRig(Unresolved().With(0, blue => blue with { SuppressArp = true }) with { VectorSize = vectorSize });
        // Frames of one port in a row arrive together: the switch cuts them into vectors as it likes.
        int first = 0;
        while (first < frames.Length)
        {
            int port = frames[first].Ingress;
            while (first < frames.Length && frames[first].Ingress == port)
            {
                rig.Send(port, frames[first++].Bytes());
            }

            rig.Run();
        }

        SwitchSnapshot end = rig.Switch.Snapshot();
        return
        [
            .. rig.AllOut(), end.Totals.ToString(),
            .. end.Drops.Select(drop => drop.ToString()), .. end.Fdb.Select(entry => entry.ToString()),
            .. end.Bindings.Select(binding => binding.ToString()), .. end.Neighbors.Select(neighbor => neighbor.ToString()),
            .. end.Stages.Select(stage => $"{stage.Name} {stage.Packets} {stage.Dropped}"),
        ];
    }
}
