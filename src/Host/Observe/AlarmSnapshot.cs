namespace Weft.Host.Observe;

/// <summary>An alarm as it is now (RFC 8632).</summary>
public sealed record AlarmSnapshot
{
    /// <summary>Who has the trouble: the name of the switch, or of an entity.</summary>
    public required string Resource { get; init; }

    /// <summary>What kind of trouble.</summary>
    public required string Type { get; init; }

    /// <summary>Tells alarms of one type and resource apart.</summary>
    public required string Qualifier { get; init; }

    /// <summary>How bad it is, or was before it was cleared: <c>indeterminate</c>, <c>warning</c>, <c>minor</c>, <c>major</c> or <c>critical</c>.</summary>
    public required string Severity { get; init; }

    /// <summary>Whether it is over.</summary>
    public required bool IsCleared { get; init; }

    /// <summary>Whether an operator asked not to be told of it.</summary>
    public required bool IsShelved { get; init; }

    /// <summary>0 to 100; from 50 on it is an outlier among what was learned.</summary>
    public required double Score { get; init; }

    /// <summary>Share of what was learned that is at least as strange.</summary>
    public required double PValue { get; init; }

    /// <summary>When it was raised last.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How often it was raised since then.</summary>
    public required long Occurrences { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Text { get; init; }

    /// <summary>What it is about, the most telling first.</summary>
    public IReadOnlyList<AlarmFeatureSnapshot> Features { get; init; } = [];
}
