using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>The wheel beside a list of deadlines.</summary>
public sealed class TimerWheelTests
{
    private const int Timers = 30;
    private const long ResolutionNanoseconds = 1_000_000;

    /// <summary>Steps from nanoseconds to years, so that every level is used.</summary>
    private static readonly Gen<long> Spans =
        from magnitude in Gen.Choose(0, 16) from factor in Gen.Choose(0, 99) select factor * (long)Math.Pow(10, magnitude) / 10;

    private static readonly Arbitrary<Command[]> Commands = Arb.From(
        (from verb in Gen.Choose(0, 5) from timer in Gen.Choose(0, Timers - 1) from span in Spans from budget in Gen.Choose(0, 9) select new Command(verb, timer, span, budget))
            .ListOf().Select(list => list.ToArray()),
        commands => Enumerable.Range(0, commands.Length).Select(skip => commands.Where((_, at) => at != skip).ToArray()));

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Timers_fire_once_in_order_never_early_and_not_a_tick_late()
    {
        Prop.ForAll(Commands, commands =>
        {
            var start = new Timestamp(-123_456_789);
            var wheel = new TimerWheel(new TimerWheelOptions { Capacity = Timers, Resolution = TimeSpan.FromMilliseconds(1), Start = start });
            var model = new Dictionary<int, long>();
            long now = start.Nanoseconds;
            return commands.All(command => Agrees(wheel, model, start.Nanoseconds, ref now, command)) && wheel.Armed == model.Count;
        }).Check(Chance.Of(1000).WithEndSize(120));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Cleared_timers_never_fire_and_can_be_armed_again()
    {
        var wheel = new TimerWheel(new TimerWheelOptions { Capacity = 100, Resolution = TimeSpan.FromMilliseconds(1) });
        for (int timer = 0; timer < 100; timer++)
        {
            wheel.Arm(timer, Timestamp.FromMilliseconds(1 + timer * timer * 50));
        }

        // Some have fired, others are on their way down from a higher level.
        int[] expired = new int[100];
        _ = wheel.Advance(Timestamp.FromMilliseconds(5000), expired, budget: 7);
        wheel.Clear();
        Assert.Equal((0, Timestamp.MaxValue), (wheel.Armed, wheel.NextWork));
        Assert.Equal(0, wheel.Advance(Timestamp.FromMilliseconds(500_000), expired, budget: 1000));
        wheel.Arm(42, Timestamp.FromMilliseconds(500_007));
        Assert.Equal(1, wheel.Advance(Timestamp.FromMilliseconds(500_008), expired, budget: 1000));
        Assert.Equal((42, 0), (expired[0], wheel.Armed));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_small_budget_delays_but_neither_loses_nor_reorders()
    {
        var random = new Random(5);
        var wheel = new TimerWheel(new TimerWheelOptions { Capacity = 2000, Resolution = TimeSpan.FromMilliseconds(1) });
        var deadlines = new long[2000];
        for (int timer = 0; timer < deadlines.Length; timer++)
        {
            deadlines[timer] = random.NextInt64(1, 50_000) * ResolutionNanoseconds;
            wheel.Arm(timer, new Timestamp(deadlines[timer]));
        }

        var order = new List<int>();
        var expired = new int[3];
        Timestamp end = Timestamp.FromMilliseconds(50_000);
        int calls = 0;
        for (; wheel.Armed > 0; calls++)
        {
            Assert.True(wheel.NextWork <= end);
            int fired = wheel.Advance(end, expired, budget: 2);
            Assert.InRange(fired, 0, 2);
            order.AddRange(expired[..fired]);
        }

        Assert.Equal(Timestamp.MaxValue, wheel.NextWork);
        Assert.InRange(calls, 1000, 1000 * 4); // a deadline below 64^3 ticks comes down at most twice before it fires
        Assert.Equal(2000, order.Distinct().Count());
        Assert.Equal(order.Select(timer => deadlines[timer]), order.Select(timer => deadlines[timer]).Order());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Armed_while_a_slot_is_being_emptied_a_timer_still_fires_in_its_turn()
    {
        var wheel = new TimerWheel(new TimerWheelOptions { Capacity = 10, Resolution = TimeSpan.FromMilliseconds(1) });
        for (int timer = 0; timer < 5; timer++)
        {
            wheel.Arm(timer, Timestamp.FromMilliseconds(64 + timer));
        }

        var expired = new int[10];
        Assert.Equal(0, wheel.Advance(Timestamp.FromMilliseconds(70), expired, budget: 2));
        wheel.Arm(9, Timestamp.FromMilliseconds(66));
        wheel.Cancel(3);
        int fired = wheel.Advance(Timestamp.FromMilliseconds(70), expired, budget: 100);
        Assert.Equal([0, 1], expired[..2]);
        Assert.Equal([2, 9], expired[2..4].Order());
        Assert.Equal([4], expired[4..fired]);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void The_ends_of_time_are_deadlines_like_any_other()
    {
        var wheel = new TimerWheel(new TimerWheelOptions { Capacity = 3, Resolution = TimeSpan.FromMicroseconds(1), Start = new Timestamp(long.MinValue) });
        wheel.Arm(0, Timestamp.MaxValue);
        wheel.Arm(1, new Timestamp(long.MinValue));
        wheel.Arm(2, Timestamp.Zero);
        var expired = new int[3];
        Assert.Equal(1, wheel.Advance(new Timestamp(-1), expired, 100));
        Assert.Equal(1, expired[0]);
        Assert.Equal(1, wheel.Advance(new Timestamp(1000), expired, 100));
        Assert.Equal(2, expired[0]);
        wheel.Advance(Timestamp.MaxValue, expired, 100);
        Assert.True(wheel.IsArmed(0), "its tick ends after the last nanosecond there is");
        Assert.Equal(0, wheel.Advance(Timestamp.Zero, expired, 100));
        Assert.True(wheel.Cancel(0));
        Assert.False(wheel.Cancel(0));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Wrong_options_name_what_is_wrong()
    {
        static TimerWheel Make(int capacity, TimeSpan resolution) => new(new TimerWheelOptions { Capacity = capacity, Resolution = resolution });

        Assert.Contains("Capacity must be", Assert.Throws<ArgumentOutOfRangeException>(() => Make(0, TimeSpan.FromSeconds(1))).Message, StringComparison.Ordinal);
        Assert.Contains("Resolution must be", Assert.Throws<ArgumentOutOfRangeException>(() => Make(1, TimeSpan.Zero)).Message, StringComparison.Ordinal);
        Assert.Contains("Resolution must be", Assert.Throws<ArgumentOutOfRangeException>(() => Make(1, TimeSpan.FromHours(2))).Message, StringComparison.Ordinal);
        Assert.Throws<IndexOutOfRangeException>(() => Make(1, TimeSpan.FromSeconds(1)).Arm(1, default));
    }

    private static bool Agrees(TimerWheel wheel, Dictionary<int, long> model, long start, ref long now, Command command)
    {
        switch (command.Verb)
        {
            case 0 or 1 or 2:
                wheel.Arm(command.Timer, new Timestamp(now + command.Span));
                model[command.Timer] = now + command.Span;
                return wheel.IsArmed(command.Timer);
            case 3:
                return wheel.Cancel(command.Timer) == model.Remove(command.Timer);
            default:
                now += command.Span / 7;
                return Advance(wheel, model, start, now, command.Budget == 0 ? 1000 : command.Budget);
        }
    }

    private static bool Advance(TimerWheel wheel, Dictionary<int, long> model, long start, long now, int budget)
    {
        var order = new List<int>();
        Span<int> expired = stackalloc int[4];
        while (wheel.NextWork.Nanoseconds <= now)
        {
            int fired = wheel.Advance(new Timestamp(now), expired, budget);
            order.AddRange(expired[..fired]);
        }

        long[] ticks = [.. order.Select(timer => Tick(model[timer], start))];
        int[] due = [.. model.Where(pair => Tick(pair.Value, start) <= (now - start) / ResolutionNanoseconds).Select(pair => pair.Key).Order()];
        bool agrees = due.SequenceEqual(order.Order());

        // Deadlines that were past when armed are due at once, in any order with those of the current tick; the rest is sorted.
        agrees &= order.All(timer => model[timer] <= now);
        bool sorted = ticks.SequenceEqual(ticks.Order());
        foreach (int timer in order)
        {
            model.Remove(timer);
        }

        return agrees && sorted;
    }

    private static long Tick(long deadline, long start) => (deadline - start + ResolutionNanoseconds - 1) / ResolutionNanoseconds;

    private sealed record Command(int Verb, int Timer, long Span, int Budget);
}
