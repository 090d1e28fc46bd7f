namespace Weft.Simulation.World;

/// <summary>
/// The clock of one machine: it begins somewhere, runs a little fast or slow, and timers that are made of it come due on the thread that moves it. A machine
/// that stands still has a clock that goes on, and timers that come late.
/// </summary>
internal sealed class SimulatedClock(long start = 0, double rate = 1) : TimeProvider
{
    private readonly List<Alarm> _alarms = [];
    private long _next = long.MaxValue;
    private double _exact = start;
    private long _now = start;
    private long _made;

    /// <summary>Seconds of this clock in one of the world's.</summary>
    public double Rate { get; set; } = rate;

    /// <summary>How often something happened after which somebody who waited may go on: a timer came due, a question was answered.</summary>
    public static long Stirs { get; private set; }

    /// <summary>Such a thing happened.</summary>
    public static void Stir() => Stirs++;

    /// <summary>Nanoseconds.</summary>
    public long Now => _now;

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_now / 100);

    /// <summary>Goes on while nothing runs.</summary>
    public void Sleep(long nanoseconds)
    {
        _exact += nanoseconds * Rate;
        _now = (long)_exact;
    }

    /// <summary>Goes on, and does on the way what comes due, in its order.</summary>
    public void Advance(long nanoseconds)
    {
        _exact += nanoseconds * Rate;
        long until = (long)_exact;
        while (_next <= until && Earliest(until) is { } alarm)
        {
            Stir();
            _now = Math.Max(_now, alarm.Due);
            alarm.Ring();
        }

        _now = until;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, _made++, callback, state);
        _ = alarm.Change(dueTime, period);
        return alarm;
    }

    private Alarm? Earliest(long until)
    {
        Alarm? earliest = null;
        _next = long.MaxValue;
        foreach (Alarm alarm in _alarms)
        {
            _next = Math.Min(_next, alarm.Due);
            if (alarm.Due <= until && (earliest is null || (alarm.Due, alarm.Number).CompareTo((earliest.Due, earliest.Number)) < 0))
            {
                earliest = alarm;
            }
        }

        return earliest;
    }

    private sealed class Alarm(SimulatedClock clock, long number, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long Due { get; private set; }

        public long Number => number;

        public void Ring()
        {
            _ = Change(_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan, _period);
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _ = clock._alarms.Remove(this);
            _period = period;
            if (dueTime >= TimeSpan.Zero)
            {
                Due = clock._now + (dueTime.Ticks * 100);
                clock._alarms.Add(this);
                clock._next = Math.Min(clock._next, Due);
            }

            return true;
        }

        public void Dispose() => clock._alarms.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
