namespace Weft.Conformance.Support;

/// <summary>A clock that stands still until it is told to go on; timers and delays that are made of it run then, in their order.</summary>
public sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private long _now = TimeSpan.TicksPerDay;

    /// <summary>By how much a timer comes before its time, as those of the system do when a tick was cut off; shorter ones keep theirs.</summary>
    public TimeSpan Early { get; init; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref _now);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(GetTimestamp(), TimeSpan.Zero);

    /// <summary>Goes on, and runs on the calling thread what comes due on the way.</summary>
    public void Advance(TimeSpan span)
    {
        long until = _now + span.Ticks;
        while (Next(until) is { } timer)
        {
            timer.Run();
        }

        Interlocked.Exchange(ref _now, until);
    }

    /// <summary>Goes on in small steps until something is so, and lets other threads do their part in between.</summary>
    public bool AdvanceUntil(Func<bool> condition, TimeSpan step, TimeSpan limit)
    {
        for (TimeSpan gone = TimeSpan.Zero; gone < limit; gone += step)
        {
            if (Wait.Until(condition, TimeSpan.FromMilliseconds(20)))
            {
                return true;
            }

            Advance(step);
        }

        return Wait.Until(condition, TimeSpan.FromSeconds(30));
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? Next(long until)
    {
        lock (_gate)
        {
            ManualTimer? next = _timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due);
            if (next is not null)
            {
                _timers.Remove(next);
                Interlocked.Exchange(ref _now, Math.Max(_now, next.Due));
            }

            return next;
        }
    }

    private sealed class ManualTimer(ManualTime time, Action action) : ITimer
    {
        private TimeSpan _period;

        public long Due { get; private set; }

        public void Run()
        {
            if (_period > TimeSpan.Zero)
            {
                Change(_period, _period);
            }

            action();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                _period = period;
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = time.GetTimestamp() + (dueTime > time.Early ? dueTime - time.Early : dueTime).Ticks;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
