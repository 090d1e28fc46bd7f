namespace Weft.Services;

/// <summary>What one service of one machine has done.</summary>
public struct ServiceCounters
{
    /// <summary>Packets that visited it.</summary>
    public long Packets;

    /// <summary>Packets that it dropped.</summary>
    public long Dropped;

    /// <summary>Packets that it kept.</summary>
    public long Consumed;

    /// <summary>Packets with which it failed.</summary>
    public long Faults;

    /// <summary>Packets that passed it by because it was out of order, as <see cref="FailurePolicy"/> says.</summary>
    public long Bypassed;

    /// <summary>Packets that were dropped because it was out of order, as <see cref="FailurePolicy"/> says.</summary>
    public long Refused;

    /// <summary>Time it took, in the unit of <see cref="IServiceClock"/>; 0 without a clock.</summary>
    public long Ticks;
}
