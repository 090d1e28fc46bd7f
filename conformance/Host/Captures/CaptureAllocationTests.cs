using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Tapping;
using Weft.Host.Observe.Captures;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>A capture makes no worker allocate.</summary>
[Trait(Kind.Key, Kind.Alloc)]
public sealed class CaptureAllocationTests
{
    [Fact]
    public void Twenty_thousand_frames_allocate_nothing_while_two_captures_with_a_filter_take_them()
    {
        using var rig = new SwitchRig(Resolved());
        CaptureSession[] sessions = [Session(rig, new CaptureRequest { Filter = "not tcp port 80 and (ether host 02:00:00:00:00:0a or arp)" }), Session(rig, new CaptureRequest { Stage = "encap" })];
        Array.ForEach(sessions, rig.Switch.Attach);
        byte[] frame = Plain(B, A), buffer = new byte[9000];
        Timestamp now = rig.Now;
        long taken = 0;

        long allocated = Allocations.Of(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                rig.Link(Web1).Right.TrySend(frame, now);
                now += TimeSpan.FromMilliseconds(1);
                rig.Switch.RunOnce(now);
                for (int port = 0; port <= Up0; port++)
                {
                    while (rig.Link(port).Right.TryReceive(buffer, now, out _))
                    {
                    }
                }

                foreach (CaptureSession session in sessions)
                {
                    TapLane lane = session.LaneOf(0, rig.Switch.Plan);
                    while (lane.TryTake(out TapRecord record))
                    {
                        taken++;
                        lane.Return(record);
                    }
                }
            }
        });

        Assert.Equal(0, allocated);
        // Coming in, going out of two ports, and twice in front of encap; what leaves through tunnels has other addresses outside.
        Assert.Equal(2 * 20_000 * (1 + 2 + 2), taken);
    }

    private static CaptureSession Session(SwitchRig rig, CaptureRequest request) => new(request, rig.Switch.Plan, rig.Switch.Workers[0].Graph.Stages.Select(StageNames.Of));
}
