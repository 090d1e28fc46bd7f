namespace Weft.Host.Observe;

/// <summary>One thing that happened in a switch.</summary>
public sealed record SwitchEvent
{
    /// <summary>Counts from 1 and has no gaps: who sees 7 after 5 has lost one.</summary>
    public required long Sequence { get; init; }

    /// <summary>When, in seconds since the switch saw its first moment, on its own clock.</summary>
    public required double Seconds { get; init; }

    /// <summary>When, by the wall clock; null where time is virtual.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>How much it matters.</summary>
    public required EventSeverity Severity { get; init; }

    /// <summary>The mechanism that says so, for example <c>bridge</c>.</summary>
    public required string Source { get; init; }

    /// <summary>What happened, for example <c>role-changed</c>; unique within the source.</summary>
    public required string Name { get; init; }

    /// <summary>To whom, by its name in the configuration; empty for the switch as a whole.</summary>
    public required string Subject { get; init; }

    /// <summary>The circumstances, in a stable order.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();
}
