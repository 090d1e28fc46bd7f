using System.Collections.Concurrent;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.HostTests.WorkerFrames;

namespace Weft.Conformance.HostTests;

/// <summary>A thousand reloads under traffic.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class ManyReloadsTests
{
    private const int Reloads = 1000;
    private const int MostUnderWay = 64;

    [Fact]
    public async Task A_thousand_reloads_lose_no_frame_repeat_none_and_change_the_order_of_none()
    {
        var arriving = new ConcurrentQueue<byte[]>();
        var leaving = new ConcurrentQueue<byte[]>();
        SwitchPlan first = Resolved() with { PoolBuffers = 512 };
        SwitchPlan second = first with { VectorSize = 16, Segments = [.. first.Segments, Segment("extra", 30, null)] };
        await using SwitchHost host = SwitchHost.Start(first.With(0, Known), new SwitchHostOptions { OpenPort = port => new QueueLivePort(port.Name, port.Name == "web1" ? arriving : new(), port.Name == "web2" ? leaving : new()) });
        using var end = new CancellationTokenSource();
        Task<uint> traffic = Task.Run(() => FeedAsync(arriving, leaving, end.Token), TestContext.Current.CancellationToken);

        for (int reload = 1; reload <= Reloads; reload++)
        {
            await host.ReloadAsync((reload % 2 == 0 ? first : second).With(0, Known));
        }

        await end.CancelAsync();
        uint sent = await traffic;
        SwitchSnapshot snapshot = await host.SnapshotAsync();
        Assert.True(sent > Reloads, $"{sent} frames went through {Reloads} reloads");
        Assert.Empty(snapshot.Drops);
        Assert.Equal((sent, sent), ((uint)snapshot.Totals.Received, (uint)snapshot.Totals.Sent));
        Assert.True(snapshot.Totals.Balanced);
        Assert.Equal(Reloads, host.ReadEvents(0, 4096).Events.Count(happened => happened.Name == "reloaded"));
    }

    private static SegmentPlan Known(SegmentPlan blue) => blue with { StaticEntries = [new StaticMacPlan(B, Web2, null)] };

    /// <summary>Sends numbered frames, no more ahead than have come out, and looks at the number of each.</summary>
    private static async Task<uint> FeedAsync(ConcurrentQueue<byte[]> arriving, ConcurrentQueue<byte[]> leaving, CancellationToken end)
    {
        uint sent = 0, seen = 0;
        while (seen < sent || !end.IsCancellationRequested)
        {
            while (sent - seen < MostUnderWay && !end.IsCancellationRequested)
            {
                arriving.Enqueue(Udp(B, A, flow: 7, sent++));
            }

            while (leaving.TryDequeue(out byte[]? frame))
            {
                Assert.Equal(seen++, Read(frame).Number);
            }

            await Task.Yield();
        }

        return sent;
    }
}
