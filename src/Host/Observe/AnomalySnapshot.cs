namespace Weft.Host.Observe;

/// <summary>A process whose behaviour is, or was, within no normal cluster.</summary>
public sealed record AnomalySnapshot
{
    /// <summary>Its number.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Its program.</summary>
    public required string Executable { get; init; }

    /// <summary>The programs above it, its parent first.</summary>
    public required IReadOnlyList<string> Lineage { get; init; }

    /// <summary>Its control group.</summary>
    public required string ControlGroup { get; init; }

    /// <summary>When it was judged last.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whether it still lives.</summary>
    public required bool IsAlive { get; init; }

    /// <summary>
    /// Milliseconds from the beginning of the process to its first alarm, to ten; null for a process that was normal at first and
    /// did something new later.
    /// </summary>
    public double? DetectedAfterMilliseconds { get; init; }

    /// <summary>Distance from the nearest normal cluster, 0 to 1.</summary>
    public required double Distance { get; init; }

    /// <summary>The score of its most unusual action, 0 to 100; null if nothing was learned.</summary>
    public required double? Score { get; init; }

    /// <summary>What it has and the nearest normal cluster has not.</summary>
    public required IReadOnlyList<string> Extra { get; init; }

    /// <summary>What the nearest normal cluster has and it has not.</summary>
    public required IReadOnlyList<string> Missing { get; init; }
}
