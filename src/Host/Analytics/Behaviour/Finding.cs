using Weft.Analytics;
using Weft.Flows;
using Weft.Host.Analytics.Processes;

namespace Weft.Host.Analytics.Behaviour;

/// <summary>What the detector thinks of a process now.</summary>
internal sealed record Finding
{
    /// <summary>The process.</summary>
    public required ProcessInstance Process { get; init; }

    /// <summary>Whether it is within no normal cluster.</summary>
    public required bool IsAnomalous { get; init; }

    /// <summary>Whether this observation made its behaviour normal.</summary>
    public required bool Promoted { get; init; }

    /// <summary>Distance from the nearest normal cluster; 1 if there is none.</summary>
    public required double Distance { get; init; }

    /// <summary>The nearest normal cluster.</summary>
    public required SlotHandle Nearest { get; init; }

    /// <summary>Features that the nearest normal cluster has not.</summary>
    public IReadOnlyList<ProcessFeature> Extra { get; init; } = [];

    /// <summary>Features that the nearest normal cluster has and the process has not, by name.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>The score of the most unusual action; null while nothing was learned.</summary>
    public AlarmScore? Score { get; init; }

    /// <summary>What is unusual about it, the most telling first.</summary>
    public IReadOnlyList<AlarmFeature> Features { get; init; } = [];
}
