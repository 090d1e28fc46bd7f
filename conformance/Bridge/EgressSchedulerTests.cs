using FsCheck;
using FsCheck.Fluent;
using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>Strict priority, deficit round robin and the shaper, beside lists and loops.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class EgressSchedulerTests
{
    private const int Longest = 1_518;

    /// <summary>Queues 7 and 6 are strict, 5 to 3 have the weights 4, 2 and 1, and the others are strict behind those two.</summary>
    private static readonly int[] Weights = [0, 0, 0, 1, 2, 4, 0, 0];

    [Fact]
    public void Agrees_with_lists_that_are_walked()
    {
        Gen<(int Kind, int Queue, int Bytes)> step = from kind in Gen.Choose(0, 9) from queue in Gen.Choose(0, 7) from bytes in Gen.Choose(60, Longest) select (kind, queue, bytes);
        Prop.ForAll(step.ArrayOf().ToArbitrary(), steps =>
        {
            EgressScheduler scheduler = Scheduler(frames: 5, bytes: 4_000);
            var model = new Model(5, 4_000);
            int number = 0;
            foreach ((int kind, int queue, int bytes) in steps)
            {
                if (kind < 6)
                {
                    Assert.Equal(model.Add(queue, ++number, bytes), scheduler.TryAdd(queue, number, bytes));
                }
                else
                {
                    bool isTaken = scheduler.TryTake(default, out int frame, out int from);
                    Assert.Equal(model.Take(), isTaken ? (from, frame) : null);
                }

                Assert.Equal(model.Queues.Select(list => list.Count), Enumerable.Range(0, 8).Select(scheduler.CountOf));
                Assert.Equal(model.Queues.Select(list => list.Sum(item => (long)item.Bytes)), Enumerable.Range(0, 8).Select(scheduler.BytesOf));
                Assert.Equal(model.Queues.Sum(list => list.Count), scheduler.Count);
            }

            return true;
        }).Check(Chance.Of(500));
    }

    [Fact]
    public void Ieee8021Q_8_6_8_1_Strict_queues_go_first_and_the_highest_of_them_before_all()
    {
        EgressScheduler scheduler = Scheduler();
        foreach (int queue in new[] { 0, 3, 5, 7, 6, 0, 7 })
        {
            Assert.True(scheduler.TryAdd(queue, queue, 100));
        }

        Assert.Equal([7, 7, 6, 0, 0, 3, 5], Drain(scheduler));
    }

    [Fact]
    public void Shreedhar_and_Varghese_Queues_that_are_never_empty_get_octets_by_weight_whatever_their_frames_are()
    {
        Gen<(int, int, int)> lengths = from a in Gen.Choose(60, Longest) from b in Gen.Choose(60, Longest) from c in Gen.Choose(60, Longest) select (a, b, c);
        Prop.ForAll(lengths.ToArbitrary(), Gen.Choose(1, 3_000).ToArbitrary(), (length, frames) =>
        {
            EgressScheduler scheduler = Scheduler();
            int[] of = [0, 0, 0, length.Item1, length.Item2, length.Item3];
            double[] got = new double[8];
            for (int i = 0; i < frames; i++)
            {
                for (int queue = 3; queue <= 5; queue++)
                {
                    while (scheduler.CountOf(queue) < 2)
                    {
                        _ = scheduler.TryAdd(queue, queue, of[queue]);
                    }
                }

                Assert.True(scheduler.TryTake(default, out int frame, out _));
                got[frame] += of[frame];
                double[] shares = [.. Enumerable.Range(3, 3).Select(queue => got[queue] / Weights[queue])];
                Assert.True(shares.Max() - shares.Min() < 3 * Longest, $"{shares[0]}, {shares[1]}, {shares[2]}");
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Over_any_time_no_more_leaves_than_burst_and_rate_and_no_less_while_frames_wait()
    {
        const int Rate = 100_000, Burst = 4_000;
        Gen<(int Micros, int Bytes)> step = from micros in Gen.Choose(0, 20_000) from bytes in Gen.Choose(60, Longest) select (micros, bytes);
        Prop.ForAll(step.ArrayOf(60).ToArbitrary(), steps =>
        {
            EgressScheduler scheduler = Scheduler(rate: Rate, burst: Burst);
            Timestamp now = default;
            var sent = new List<(Timestamp At, int Bytes)>();
            var sizes = new List<int>();
            foreach ((int micros, int bytes) in steps)
            {
                if (scheduler.TryAdd(7, sizes.Count, bytes))
                {
                    sizes.Add(bytes);
                }

                now += TimeSpan.FromMicroseconds(micros);
                while (scheduler.TryTake(now, out int frame, out _))
                {
                    sent.Add((now, sizes[frame]));
                }

                // Whoever waits knows for how long, and not a nanosecond more.
                if (scheduler.NextDue(now) is var due && due != Timestamp.MaxValue)
                {
                    Assert.True(due > now);
                    Assert.False(scheduler.TryTake(new Timestamp(due.Nanoseconds - 1), out _, out _));
                    Assert.True(scheduler.TryTake(due, out int frame, out _));
                    sent.Add((due, sizes[frame]));
                    now = due;
                }
            }

            for (int i = 0; i < sent.Count; i++)
            {
                long sum = 0;
                for (int j = i; j < sent.Count; j++)
                {
                    sum += sent[j].Bytes;
                    Assert.True(sum <= Burst + (Rate * (sent[j].At - sent[i].At).TotalSeconds) + 1);
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_full_queue_drops_its_own_frames_and_counts_them()
    {
        EgressScheduler scheduler = Scheduler(frames: 2);
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(frame => scheduler.TryAdd(3, frame, 100)));
        Assert.True(scheduler.TryAdd(4, 9, 100));
        Assert.Equal((1L, 2), (scheduler.CountersOf(3).Dropped, scheduler.CountersOf(3).MostWaiting));
        _ = Drain(scheduler);
        Assert.Equal((2L, 200L, 0L), (scheduler.CountersOf(3).Frames, scheduler.CountersOf(3).Bytes, scheduler.CountersOf(4).Dropped));
        // One frame always may wait, however long.
        EgressScheduler narrow = Scheduler(bytes: 500);
        Assert.Equal([true, false], Enumerable.Range(0, 2).Select(frame => narrow.TryAdd(3, frame, 1_000)));
    }

    [Fact]
    public void Giving_up_takes_all_whatever_the_shaper_says()
    {
        EgressScheduler scheduler = Scheduler(rate: 1_000, burst: Longest);
        for (int i = 0; i < 10; i++)
        {
            _ = scheduler.TryAdd(i % 8, i, Longest);
        }

        int abandoned = 0;
        while (scheduler.TryAbandon(out _, out _))
        {
            abandoned++;
        }

        Assert.Equal((10, 0, Timestamp.MaxValue), (abandoned, scheduler.Count, scheduler.NextDue(default)));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        EgressScheduler scheduler = Scheduler(rate: 1_000_000, burst: 5_000);
        Timestamp now = default;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                _ = scheduler.TryAdd(i % 8, i, 60 + (i % 1_400));
                now += TimeSpan.FromMicroseconds(100);
                _ = scheduler.TryTake(now, out _, out _);
            }
        }));
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Assert.Contains("Weight of queue 2 is 101; the allowed range is 0 to 100", Refused(new EgressSchedulerOptions { QueueOptions = Queues(2, new EgressQueueOptions { Weight = 101 }) }), StringComparison.Ordinal);
        Assert.Contains("Frames of queue 0 is 0; the allowed range is 1 to 65536", Refused(new EgressSchedulerOptions { QueueOptions = Queues(0, new EgressQueueOptions { Frames = 0 }) }), StringComparison.Ordinal);
        Assert.Contains("QueueOptions has 1 entries; there are 8", Refused(new EgressSchedulerOptions { QueueOptions = [new EgressQueueOptions()] }), StringComparison.Ordinal);
        Assert.Contains("BurstBytes is 100; the allowed range is 1518 to", Refused(new EgressSchedulerOptions { BytesPerSecond = 1, BurstBytes = 100 }), StringComparison.Ordinal);
    }

    private static EgressQueueOptions[] Queues(int number, EgressQueueOptions one)
    {
        EgressQueueOptions[] all = [.. Enumerable.Repeat(new EgressQueueOptions(), 8)];
        all[number] = one;
        return all;
    }

    private static string Refused(EgressSchedulerOptions options) => Assert.Throws<ArgumentException>(() => new EgressScheduler(options)).Message;

    private static EgressScheduler Scheduler(int frames = 64, long bytes = long.MaxValue, long rate = 0, long burst = 16_384) => new(new EgressSchedulerOptions
    {
        QueueOptions = [.. Weights.Select(weight => new EgressQueueOptions { Weight = weight, Frames = frames, Bytes = bytes })],
        MaxFrameBytes = Longest,
        BytesPerSecond = rate,
        BurstBytes = burst,
    });

    private static List<int> Drain(EgressScheduler scheduler)
    {
        var order = new List<int>();
        while (scheduler.TryTake(default, out int frame, out _))
        {
            order.Add(frame);
        }

        return order;
    }

    /// <summary>The algorithm of the paper: a list of active queues, whose head gets a quantum when it comes to the head and is served while it lasts.</summary>
    private sealed class Model(int frames, long bytes)
    {
        private readonly long[] _deficits = new long[8];
        private int _turn = -1;

        public List<(int Frame, int Bytes)>[] Queues { get; } = [.. Enumerable.Range(0, 8).Select(_ => new List<(int, int)>())];

        public bool Add(int queue, int frame, int length)
        {
            if (Queues[queue].Count == frames || (Queues[queue].Count > 0 && Queues[queue].Sum(item => (long)item.Bytes) + length > bytes))
            {
                return false;
            }

            Queues[queue].Add((frame, length));
            return true;
        }

        public (int Queue, int Frame)? Take()
        {
            for (int queue = 7; queue >= 0; queue--)
            {
                if (Weights[queue] == 0 && Queues[queue].Count > 0)
                {
                    return Remove(queue);
                }
            }

            if (Queues.All(list => list.Count == 0))
            {
                return null;
            }

            while (_turn < 0 || Queues[_turn].Count == 0 || _deficits[_turn] < Queues[_turn][0].Bytes)
            {
                do
                {
                    _turn = (_turn + 1) % 8;
                }
                while (Queues[_turn].Count == 0);
                _deficits[_turn] += (long)Longest * Weights[_turn];
            }

            _deficits[_turn] -= Queues[_turn][0].Bytes;
            return Remove(_turn);
        }

        private (int, int) Remove(int queue)
        {
            int frame = Queues[queue][0].Frame;
            Queues[queue].RemoveAt(0);
            _deficits[queue] = Queues[queue].Count == 0 ? 0 : _deficits[queue];
            return (queue, frame);
        }
    }
}
