namespace Weft.Host.Observe;

/// <summary>The watch over processes.</summary>
public sealed record ProcessWatchSnapshot
{
    /// <summary><c>netlink</c> for the kernel's events, <c>procfs</c> for looks at /proc.</summary>
    public required string Collector { get; init; }

    /// <summary><c>learning</c> or <c>watching</c>.</summary>
    public required string State { get; init; }

    /// <summary>When learning ends, or ended.</summary>
    public required DateTimeOffset LearnUntil { get; init; }

    /// <summary>Processes watched now.</summary>
    public required int Processes { get; init; }

    /// <summary>Processes seen so far.</summary>
    public required long Seen { get; init; }

    /// <summary>Processes that ended before anybody could look at them.</summary>
    public required long Missed { get; init; }

    /// <summary>Processes not watched because there were too many.</summary>
    public required long Refused { get; init; }

    /// <summary>Times that the kernel dropped events.</summary>
    public required long EventsLost { get; init; }

    /// <summary>Different vectors learned, while it learns.</summary>
    public required int TrainingVectors { get; init; }

    /// <summary>Vectors judged.</summary>
    public required long Observed { get; init; }

    /// <summary>Vectors that were within no normal cluster.</summary>
    public required long Anomalous { get; init; }

    /// <summary>Behaviours that became normal after they had raised alarms.</summary>
    public required long Promoted { get; init; }

    /// <summary>Roles that the normal behaviours were grouped into last.</summary>
    public int Roles { get; init; }

    /// <summary>Values that found a table of the scorer full.</summary>
    public required long RefusedValues { get; init; }

    /// <summary>Processes that live and are anomalous, and the last ones that were; 200 at most.</summary>
    public IReadOnlyList<AnomalySnapshot> Anomalies { get; init; } = [];

    /// <summary>Clusters of behaviour, the heaviest first; 200 at most.</summary>
    public IReadOnlyList<ClusterSnapshot> Clusters { get; init; } = [];
}
