namespace Weft.Analytics;

/// <summary>One change of an alarm as it is kept: with names instead of hashes, the time by the wall clock, and the explanation.</summary>
public sealed record AlarmRecord
{
    /// <summary>Number that the store gave it; ascending in the order of storing. 0 before it is stored.</summary>
    public long Sequence { get; init; }

    /// <summary>When it happened, to the microsecond.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The machine, process or entity that has the trouble (RFC 8632 section 3.2).</summary>
    public required string Resource { get; init; }

    /// <summary>The alarm's type.</summary>
    public required string Type { get; init; }

    /// <summary>Tells alarms of one type and resource apart; may be empty.</summary>
    public string Qualifier { get; init; } = "";

    /// <summary>What happened to it.</summary>
    public required AlarmChange Change { get; init; }

    /// <summary>Its severity from then on; <see cref="AlarmSeverity.Cleared"/> when it is over.</summary>
    public required AlarmSeverity Severity { get; init; }

    /// <summary>Its score, 0 to 100.</summary>
    public required double Score { get; init; }

    /// <summary>Share of normal behaviour that is at least as strange, above 0, at most 1.</summary>
    public double PValue { get; init; } = 1;

    /// <summary>How often it was raised since it was first raised or last cleared.</summary>
    public required long Occurrences { get; init; }

    /// <summary>One sentence for people.</summary>
    public string Text { get; init; } = "";

    /// <summary>What it is about, the most telling first.</summary>
    public IReadOnlyList<AlarmFeature> Features { get; init; } = [];
}
