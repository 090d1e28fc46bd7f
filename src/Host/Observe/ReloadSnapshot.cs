namespace Weft.Host.Observe;

/// <summary>The last change of the configuration, and how long frames waited for it.</summary>
public sealed record ReloadSnapshot
{
    /// <summary>Changes since the switch started.</summary>
    public long Number { get; init; }

    /// <summary>What the change was for.</summary>
    public ReloadCause Cause { get; init; }

    /// <summary>When it was.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Time in which all that it needed was built, in milliseconds. The workers ran meanwhile.</summary>
    public double BuildMilliseconds { get; init; }

    /// <summary>Time for which the workers stood still, in milliseconds: frames waited in their queues.</summary>
    public double StopMilliseconds { get; init; }

    /// <summary>The longest <see cref="StopMilliseconds"/> since the switch started.</summary>
    public double LongestStopMilliseconds { get; init; }
}
