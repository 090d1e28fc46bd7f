namespace Weft.Host.Config;

/// <summary>How a port is asked for loops.</summary>
public sealed record LoopGuardPlan
{
    /// <summary>What happens when one is found.</summary>
    public LoopAction Action { get; init; }

    /// <summary>Time between probes, 1 s to 300 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time after which a port that was shut is opened again; null to leave that to a person.</summary>
    public TimeSpan? Recovery { get; init; } = TimeSpan.FromMinutes(5);
}
