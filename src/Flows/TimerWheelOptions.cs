using Weft.Packets;

namespace Weft.Flows;

/// <summary>What a <see cref="TimerWheel"/> is made of.</summary>
public sealed record TimerWheelOptions
{
    /// <summary>Largest <see cref="Capacity"/>.</summary>
    public const int MaxCapacity = 1 << 28;

    /// <summary>Number of timers, 1 to <see cref="MaxCapacity"/>; they are called 0 to Capacity - 1.</summary>
    public required int Capacity { get; init; }

    /// <summary>
    /// The wheel's tick: a timer fires within one resolution after its deadline, and never before it. 1 µs to 1 hour; 10 ms by
    /// default. A coarser wheel moves timers less often from level to level.
    /// </summary>
    public TimeSpan Resolution { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The time when the wheel begins to turn. Earlier deadlines are due at once.</summary>
    public Timestamp Start { get; init; }
}
