namespace Weft.Cluster;

/// <summary>How a lease is kept.</summary>
public sealed record LeaseKeeperOptions
{
    /// <summary>Time after which the lease ends if this host falls silent: 1 s to one day, 10 s by default. The store may grant more.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Part of the time that this host gives up itself, for clocks that run at different speeds and for what is still on its way when it stops: 0.01 to 0.5, 0.1 by default.
    /// </summary>
    public double Margin { get; init; } = 0.1;

    /// <summary>Time between two keep-alives: 1 ms up to the time to live; null, the default, is a third of the time to live.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(TimeProvider);
        StoreLeaseTime.Check(TimeToLive);
        ArgumentOutOfRangeException.ThrowIfLessThan(Interval ?? TimeToLive, TimeSpan.FromMilliseconds(1), nameof(Interval));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Interval ?? TimeToLive, TimeToLive, nameof(Interval));
        ArgumentOutOfRangeException.ThrowIfLessThan(Margin, 0.01);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Margin, 0.5);
    }
}
