namespace Weft.Host.Config;

/// <summary>How ports with link layer discovery do it.</summary>
public sealed record LldpPlan
{
    /// <summary>Time between frames, 1 s to 3,600 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Intervals for which neighbours are to remember the switch, 1 to 100.</summary>
    public int Hold { get; init; } = 4;

    /// <summary>Neighbours remembered behind a port, 1 to 64.</summary>
    public int MaxNeighbors { get; init; } = 8;

    /// <summary>Address under which the switch is managed; null to tell none.</summary>
    public TunnelAddress? ManagementAddress { get; init; }
}
