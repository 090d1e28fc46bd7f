using FsCheck;
using FsCheck.Fluent;
using Weft.Bridge;
using Weft.Conformance.PortsTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;
using Weft.Ports.Offload;
using static Weft.Conformance.HostTests.AclFrames;
using static Weft.Conformance.HostTests.TestFrames;

namespace Weft.Conformance.HostTests;

/// <summary>Whatever waits in queues leaves, if only the switch is asked when it says: no superframe, burst, weight, rate or busy port stops a queue for good.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class EgressProgressTests
{
    private const int To = TestPlans.Web2;

    [Fact]
    public void All_that_was_accepted_leaves_in_its_order_when_the_switch_is_asked_as_it_says() =>
        Prop.ForAll(Cases(), Play).Check(Chance.Of(300).WithQuietOnSuccess(true));

    /// <summary>A superframe forty times as long as the burst, through queues of a few frames: what fits leaves at the rate, the rest is counted.</summary>
    [Fact]
    public void A_superframe_longer_than_burst_and_queue_does_not_stop_those_behind_it() =>
        Play(new Run(Rate: 10_000, Frames: 8, Weight: 0, Accepts: 1, LateMicroseconds: 0, [new Arrival(0, 60_000), new Arrival(500_000, 60_000), new Arrival(10_000_000, 100)]));

    private static void Play(Run run)
    {
        var from = new SuperframePort("web1", takes: false);
        var to = new NarrowPort();
        SwitchPlan plan = EgressQueueTests.Queued(run.Rate, [.. Enumerable.Range(0, EgressSchedulerOptions.Queues).Select(queue => new EgressQueueOptions { Frames = run.Frames, Weight = queue % 3 == 0 ? run.Weight : 0 })]);
        plan = plan with { Vteps = [], Segments = [TestPlans.Segment("blue", 10, null)], Ports = [plan.Ports[TestPlans.Web1], plan.Ports[To]] };
        var now = Timestamp.FromSeconds(1000);
        using var played = new Switch(plan, [from, to], new SwitchOptions { Seed = SwitchRig.Seed, Start = now });
        to.Arrive(Plain(Sender, Receiver));
        _ = played.RunOnce(now);
        to.Taken.Clear();
        int expected = 0;
        foreach (Arrival arrival in run.Arrivals)
        {
            Timestamp at = now + TimeSpan.FromMicroseconds(arrival.AfterMicroseconds);
            while (played.NextTimer <= at)
            {
                now = Step(played, to, run, played.NextTimer < now ? now : played.NextTimer);
            }

            now = at > now ? at : now;
            byte[] bytes = SuperframeTests.Build(new SuperframeTests.Shape(false, false, 0, SuperframeTests.Tunnel.None, false, arrival.Payload, 1448, 0x18), out VirtioNetHeader header);
            from.Arrive(bytes, header);
            expected += SuperframeTests.Cut(bytes, header).Count;
            now = Step(played, to, run, now);
        }

        // Every step sends a frame, or finds the port busy once or the worker late once.
        for (int steps = 0; played.NextTimer != Timestamp.MaxValue; steps++)
        {
            Assert.True(steps < 20 * (expected + 10), $"{played.Totals.Held} frames still wait");
            now = Step(played, to, run, played.NextTimer < now ? now : played.NextTimer);
        }

        Assert.Equal(0, played.Totals.Held);
        long dropped = played.Snapshot(SnapshotParts.None).Drops.Sum(drop => drop.Reason == "egress-queue-full" ? drop.Packets : 0);
        Assert.Equal(expected, to.Taken.Count + dropped);
        Assert.True(run.Arrivals.Count == 0 || to.Taken.Count > 0);
    }

    private static Timestamp Step(Switch played, NarrowPort to, Run run, Timestamp due)
    {
        Timestamp now = due + TimeSpan.FromMicroseconds(run.LateMicroseconds);
        to.Room = run.Accepts;
        while (played.RunOnce(now) > 0)
        {
        }

        Assert.True(played.Totals.Balanced, played.Totals.ToString());
        return now;
    }

    private static MacAddress Sender { get; } = MacAddress.Parse("02:00:00:00:00:01");

    private static MacAddress Receiver { get; } = MacAddress.Parse("02:00:00:00:00:02");

    private static Arbitrary<Run> Cases()
    {
        Gen<Arrival> arrivals =
            from after in Gen.Frequency((3, Gen.Constant(0)), (2, Gen.Choose(0, 2_000)), (1, Gen.Choose(0, 2_000_000)))
            from payload in Gen.Frequency((2, Gen.Choose(1, 1_448)), (1, Gen.Choose(1_449, 62_000)))
            select new Arrival(after, payload);
        Gen<Run> runs =
            from rate in Gen.Elements(0L, 1_000L, 100_000L, 1_250_000L, 1_000_000_000L)
            from frames in Gen.Elements(1, 2, 8, 64)
            from weight in Gen.Elements(0, 1, 100)
            from accepts in Gen.Elements(1, 3, 1_000)
            from late in Gen.Elements(0, 50, 40_000)
            from list in Gen.Choose(0, 20).SelectMany(count => Gen.ListOf(arrivals, count))
            select new Run(rate, frames, weight, accepts, late, [.. list]);
        return Arb.From(runs, run => run.Arrivals.Select((_, index) => run with { Arrivals = [.. run.Arrivals.Where((_, other) => other != index)] }));
    }

    /// <summary>What comes: a superframe of so many octets, or a frame, a while after the one before.</summary>
    public sealed record Arrival(int AfterMicroseconds, int Payload);

    /// <summary>One run: a shaper, queues, a port that takes so many frames at a time, a worker that is late.</summary>
    public sealed record Run(long Rate, int Frames, int Weight, int Accepts, int LateMicroseconds, IReadOnlyList<Arrival> Arrivals);

    /// <summary>A port that takes only so many frames at a time.</summary>
    private sealed class NarrowPort : IPort
    {
        private readonly Queue<byte[]> _arriving = new();
        private PortCounters _counters;

        public int Room { get; set; }

        public List<int> Taken { get; } = [];

        public string Name => "web2";

        public PortCapabilities Capabilities { get; } = new("narrow", 9000, IsLive: false);

        public PortStatus Status => PortStatus.Up;

        public ref readonly PortCounters Counters => ref _counters;

        public int PollDescriptor => -1;

        public Timestamp NextArrival => Timestamp.MaxValue;

        public void Arrive(byte[] frame) => _arriving.Enqueue(frame);

        public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
        {
            int count = 0;
            while (count < burst.Length && _arriving.TryDequeue(out byte[]? frame) && pool.TryRent(out burst[count]))
            {
                _ = pool.TrySetLength(ref burst[count], frame.Length);
                frame.CopyTo(pool.Bytes(burst[count++]));
                _counters.ReceivedFrames++;
            }

            return count;
        }

        public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
        {
            int count = Math.Min(Room, burst.Length);
            foreach (ref readonly Packet packet in burst[..count])
            {
                Taken.Add(packet.Length);
            }

            Room -= count;
            _counters.SentFrames += count;
            return count;
        }

        public void Dispose()
        {
        }
    }
}
