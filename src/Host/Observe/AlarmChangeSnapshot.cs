using Weft.Analytics;

namespace Weft.Host.Observe;

/// <summary>One change of an alarm as it is stored.</summary>
public sealed record AlarmChangeSnapshot
{
    /// <summary>Its number in the store, ascending.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary><c>raised</c>, <c>changed</c>, <c>repeated</c> or <c>cleared</c> and the like: what happened to the alarm.</summary>
    public required string Change { get; init; }

    /// <summary>Who has the trouble.</summary>
    public required string Resource { get; init; }

    /// <summary>What kind of trouble.</summary>
    public required string Type { get; init; }

    /// <summary>Tells alarms of one type and resource apart.</summary>
    public required string Qualifier { get; init; }

    /// <summary>How bad it was from then on; <c>cleared</c> when it was over.</summary>
    public required string Severity { get; init; }

    /// <summary>0 to 100.</summary>
    public required double Score { get; init; }

    /// <summary>Share of what was learned that is at least as strange.</summary>
    public required double PValue { get; init; }

    /// <summary>How often it had been raised.</summary>
    public required long Occurrences { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Text { get; init; }

    /// <summary>What it is about, the most telling first.</summary>
    public IReadOnlyList<AlarmFeatureSnapshot> Features { get; init; } = [];

    internal static AlarmChangeSnapshot Of(AlarmRecord record) => new()
    {
        Sequence = record.Sequence,
        Time = record.Time,
        Change = record.Change.ToString().ToLowerInvariant(),
        Resource = record.Resource,
        Type = record.Type,
        Qualifier = record.Qualifier,
        Severity = record.Severity.ToString().ToLowerInvariant(),
        Score = record.Score,
        PValue = record.PValue,
        Occurrences = record.Occurrences,
        Text = record.Text,
        Features = [.. record.Features.Select(feature => new AlarmFeatureSnapshot(feature.Name, feature.Value, feature.Contribution))],
    };
}
