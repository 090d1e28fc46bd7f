using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Egress;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.AclFrames;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What waits in front of a port that is full or shaped, and in which order it leaves.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class EgressQueueTests
{
    private const byte BestEffort = 0, Expedited = 46;

    [Fact]
    public void What_a_full_port_does_not_take_waits_and_what_matters_more_leaves_first()
    {
        using var rig = new SwitchRig(Queued(), link: new MemoryLinkOptions { QueueFrames = 8, MaxFrameBytes = 9000 });
        Send(rig, BestEffort, 8 + EgressBacklog.Burst + 5);
        Send(rig, Expedited, 6);
        EgressQueueSnapshot[] waiting = [.. rig.Switch.Snapshot().EgressQueues.Where(queue => queue.Port == "web2")];
        Assert.Equal([5, 0, 0, 0, 0, 6, 0, 0], waiting.Select(queue => queue.Waiting));
        Assert.Equal(EgressBacklog.Burst + 5 + 6, rig.Switch.Totals.Held);
        // The few that were on their way to the port go on; then priority counts.
        Assert.Equal([.. Enumerable.Repeat(BestEffort, 8 + EgressBacklog.Burst), .. Enumerable.Repeat(Expedited, 6), .. Enumerable.Repeat(BestEffort, 5)], DrainAll(rig).Select(DscpOf));
        Assert.Equal(0, rig.Switch.Totals.Held);
        Assert.Empty(rig.Drops());
        Assert.Equal(6, rig.Switch.Snapshot().EgressQueues.Single(queue => queue is { Port: "web2", Queue: 5 }).Frames);
    }

    [Fact]
    public void A_shaped_port_sends_at_its_rate_and_the_highest_queue_first()
    {
        // 1,518 bytes at once, then 100,000 a second: 100 bytes each millisecond.
        using var rig = new SwitchRig(Queued(rate: 100_000));
        Send(rig, BestEffort, 40);
        Send(rig, Expedited, 3);
        Assert.Equal(15, rig.Out(Web2).Count);
        List<byte> order = [];
        for (int millisecond = 0; millisecond < 28; millisecond++)
        {
            List<byte[]> sent = rig.Wait(TimeSpan.FromMilliseconds(1)).Out(Web2);
            Assert.True(sent.Count is 0 or 1 or 2);
            order.AddRange(sent.Select(DscpOf));
        }

        Assert.Equal([.. Enumerable.Repeat(Expedited, 3), .. Enumerable.Repeat(BestEffort, 25)], order);
        // The switch is asked again when the next frame may leave, and not before.
        Assert.Equal((Timestamp.MaxValue, 0), (rig.Switch.NextTimer, rig.Switch.Snapshot().EgressQueues.Sum(queue => queue.Waiting)));
    }

    [Fact]
    public void Queues_that_are_full_drop_their_own_and_weights_share_the_rest()
    {
        EgressQueueOptions[] queues = [.. Enumerable.Range(0, 8).Select(queue => new EgressQueueOptions { Weight = queue switch { 0 => 1, 1 => 3, _ => 0 }, Frames = 40 })];
        using var rig = new SwitchRig(Queued(rate: 100_000, queues));
        Send(rig, BestEffort, 100);
        Send(rig, 8, 100);
        Assert.Equal(200 - 15 - 80, rig.Drops()["egress-queue-full"]);
        Assert.Equal([45L, 60L], rig.Switch.Snapshot().EgressQueues.Where(queue => queue is { Port: "web2", Queue: < 2 }).Select(queue => queue.Dropped));
        _ = rig.Out(Web2);
        for (int millisecond = 0; millisecond < 40; millisecond++)
        {
            rig.Wait(TimeSpan.FromMilliseconds(1));
        }

        byte[] order = [.. rig.Out(Web2).Select(DscpOf)];
        Assert.InRange(order.Count(dscp => dscp == 8), 30 - 15, 30 + 15);
        Assert.InRange(order.Length, 39, 41);
    }

    [Fact]
    public void Code_points_and_priorities_say_the_queue()
    {
        var byDscp = new EgressClassifier(Plan());
        var byPriority = new EgressClassifier(Plan() with { ByPriority = true });
        byte[] voice = Ip(B, A, "10.0.0.1", "10.0.0.2", 17, new byte[30], dscp: Expedited), voice6 = Ip(B, A, "2001:db8::1", "2001:db8::2", 17, new byte[30], dscp: Expedited);
        Assert.Equal([5, 5, 5, 0, 7], new[] { voice, voice6, Tagged(voice, 2 << 13 | 10), Plain(B, A), Plain(MacAddress.Parse("01:80:c2:00:00:02"), A) }.Select(frame => byDscp.QueueOf(frame)));
        // IEEE 802.1Q table 8-5: priority 0 matters more than 1.
        Assert.Equal([2, 1, 0, 5], new[] { Tagged(voice, 2 << 13 | 10), Tagged(voice, 10), Tagged(Plain(B, A), 1 << 13 | 10), voice }.Select(frame => byPriority.QueueOf(frame)));
        Assert.Equal(6, byDscp.QueueOf(Tagged(Plain(B, A), 6 << 13 | 10)));
        Assert.All(Enumerable.Range(0, 40), length => Assert.InRange(byDscp.QueueOf(voice.AsSpan(0, length)), 0, 7));
    }

    [Fact]
    public void Copies_of_floods_wait_where_they_must_and_others_leave()
    {
        using var rig = new SwitchRig(Queued(rate: 1_000));
        for (int i = 0; i < 20; i++)
        {
            rig.Pass(Web1, Ip(Broadcast, A, "10.0.0.1", "10.0.0.2", 17, new byte[66]));
        }

        Assert.Equal(20, rig.Out(Trunk).Count);
        Assert.Equal(15, rig.Out(Web2).Count);
        Assert.Equal(5, rig.Switch.Totals.Held);
        rig.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(5, rig.Out(Web2).Count);
    }

    [Fact]
    public void A_reload_keeps_what_waits_and_one_without_queues_drops_it_as_stopping()
    {
        using var rig = new SwitchRig(Queued(rate: 1_000));
        Send(rig, BestEffort, 20);
        _ = rig.Out(Web2);
        rig.Switch.Apply(Queued(rate: 100_000), rig.Switch.Ports);
        Assert.Equal(5, rig.Switch.Totals.Held);
        Assert.Equal(5, rig.Wait(TimeSpan.FromMilliseconds(1)).Out(Web2).Count);
        Assert.Equal(20, rig.Switch.Snapshot().EgressQueues.Single(queue => queue is { Port: "web2", Queue: 0 }).Frames);

        Send(rig, BestEffort, 30);
        _ = rig.Out(Web2);
        long held = rig.Switch.Totals.Held;
        Assert.True(held > 0);
        rig.Switch.Apply(Resolved(), rig.Switch.Ports);
        Assert.Equal(held, rig.Run().Drops()["stopping"]);
        Assert.Equal(0, rig.Switch.Totals.Held);
    }

    [Fact]
    public void A_port_that_is_shut_gives_up_what_waits_for_it()
    {
        SwitchPlan plan = Queued(rate: 1_000).WithPort(Web2, web => web with { Learning = new PortLearningPlan { MaxMacs = 1, Refused = RefusedSourceAction.Shutdown } });
        using var rig = new SwitchRig(plan);
        Send(rig, BestEffort, 20);
        rig.Pass(Web2, Plain(Broadcast, B)).Pass(Web2, Plain(Broadcast, C)).Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(5, rig.Drops()["egress-port-shut"]);
        Assert.Equal(0, rig.Switch.Totals.Held);
    }

    [Fact]
    public void With_several_workers_all_that_is_sent_comes_out_once()
    {
        using var rig = new SwitchRig(Queued(rate: 100_000) with { Workers = 3 });
        for (int flow = 0; flow < 40; flow++)
        {
            rig.Pass(Web1, Udp(B, A, "10.0.0.1", "10.0.0.2", (ushort)(1000 + flow), 80));
        }

        int count = rig.Out(Web2).Count;
        for (int i = 0; i < 100; i++)
        {
            count += rig.Wait(TimeSpan.FromMilliseconds(1)).Out(Web2).Count;
        }

        Assert.Equal(40, count);
    }

    [Fact]
    public void A_trace_names_the_queue()
    {
        PacketTrace trace = PacketTracer.Trace(Queued(), "web1", Ip(Broadcast, A, "10.0.0.1", "10.0.0.2", 17, new byte[30], dscp: Expedited));
        Assert.Contains(trace.Lines, line => line.Text.Contains("queue 5 of port web2", StringComparison.Ordinal));
        Assert.StartsWith("VERDICT forwarded", trace.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void Waiting_allocates_nothing_and_whoever_has_no_queues_pays_nothing()
    {
        using var rig = new SwitchRig(Queued(rate: 50_000));
        byte[] frame = Ip(B, A, "10.0.0.1", "10.0.0.2", 17, new byte[58], dscp: Expedited), buffer = new byte[2000];
        Timestamp now = rig.Now;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 10_000; i++)
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
            }
        }));
        Assert.True(rig.Switch.Totals.Balanced);
        using var off = new SwitchRig(Resolved());
        Assert.Null(off.Switch.Workers[0].Egress);
    }

    internal static SwitchPlan Queued(long rate = 0, IReadOnlyList<EgressQueueOptions>? queues = null) => Resolved().WithPort(Web2, web => web with { Scheduler = 0 }) with { Schedulers = [Plan(rate, queues)] };

    private static SchedulerPlan Plan(long rate = 0, IReadOnlyList<EgressQueueOptions>? queues = null) => new()
    {
        Name = "edge",
        Queues = queues ?? [.. Enumerable.Repeat(new EgressQueueOptions(), 8)],
        BytesPerSecond = rate,
        BurstBytes = 1_518,
        QueueOfDscp = [.. Enumerable.Range(0, 64).Select(dscp => (byte)(dscp >> 3))],
        QueueOfPriority = [1, 0, 2, 3, 4, 5, 6, 7],
    };

    /// <summary>Frames of 100 bytes from web1 to web2.</summary>
    internal static void Send(SwitchRig rig, byte dscp, int count)
    {
        for (int i = 0; i < count; i++)
        {
            rig.Pass(Web2, Plain(A, B)).Pass(Web1, Ip(B, A, "10.0.0.1", "10.0.0.2", 17, new byte[66], dscp: dscp));
            _ = rig.Out(Web1);
        }
    }

    private static List<byte[]> DrainAll(SwitchRig rig)
    {
        List<byte[]> all = rig.Out(Web2);
        for (int before = -1; before < all.Count;)
        {
            before = all.Count;
            all.AddRange(rig.Wait(TimeSpan.FromMilliseconds(1)).Out(Web2));
        }

        return all;
    }

    private static byte DscpOf(byte[] frame) => (byte)(frame[15] >> 2);
}
