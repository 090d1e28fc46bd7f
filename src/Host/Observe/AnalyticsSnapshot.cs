namespace Weft.Host.Observe;

/// <summary>Analytics at one instant.</summary>
public sealed record AnalyticsSnapshot
{
    /// <summary>Alarms, those that are there first; 1000 at most.</summary>
    public IReadOnlyList<AlarmSnapshot> Alarms { get; init; } = [];

    /// <summary>The watch over processes; null if there is none.</summary>
    public ProcessWatchSnapshot? Processes { get; init; }

    /// <summary>What was noted of conversations; null if nothing is.</summary>
    public FlowMeterSnapshot? Flows { get; init; }

    /// <summary>How well the network is segmented; null if nobody asks.</summary>
    public QuotientsSnapshot? Quotients { get; init; }

    /// <summary>Where alarms are kept; null if they are not.</summary>
    public AlarmStoreSnapshot? Store { get; init; }
}
