namespace Weft.Host.Observe;

/// <summary>Analytics at one instant.</summary>
public sealed record AnalyticsSnapshot
{
    /// <summary>Alarms, those that are there first; 1000 at most.</summary>
    public IReadOnlyList<AlarmSnapshot> Alarms { get; init; } = [];

    /// <summary>The watch over processes; null if there is none.</summary>
    public ProcessWatchSnapshot? Processes { get; init; }

    /// <summary>Where alarms are kept; null if they are not.</summary>
    public AlarmStoreSnapshot? Store { get; init; }
}
