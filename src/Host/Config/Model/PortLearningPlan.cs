namespace Weft.Host.Config;

/// <summary>What a port may teach the filtering database.</summary>
public sealed record PortLearningPlan
{
    /// <summary>No limit, nothing sticky.</summary>
    public static readonly PortLearningPlan Default = new();

    /// <summary>Most addresses behind the port.</summary>
    public int MaxMacs { get; init; } = int.MaxValue;

    /// <summary>Whether addresses stay at the port until they age.</summary>
    public bool IsSticky { get; init; }

    /// <summary>What happens to frames with other sources.</summary>
    public RefusedSourceAction Refused { get; init; }

    /// <summary>Time after which a port that was shut is opened again; null to leave that to a person.</summary>
    public TimeSpan? Recovery { get; init; } = TimeSpan.FromMinutes(5);
}
