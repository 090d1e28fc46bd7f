using Weft.Analytics;

namespace Weft.Host.Observe;

/// <summary>Events of analytics: the life of alarms, and of what decides about them.</summary>
internal static class AnalyticsEventTypes
{
    private const string Source = "analytics";

    private static readonly string[] AlarmFields = ["type", "severity", "score", "occurrences", "qualifier", "text"];

    public static readonly EventType AlarmRaised = new(Source, "alarm-raised", EventSeverity.Alarm, "Something is not as it was, for the first time or again after it was over.", AlarmFields);

    public static readonly EventType AlarmChanged = new(Source, "alarm-changed", EventSeverity.Alarm, "An alarm that is there became worse or less, more is known about it, or people are reminded.", AlarmFields);

    public static readonly EventType AlarmCleared = new(Source, "alarm-cleared", EventSeverity.Notice, "It is over.", AlarmFields);

    public static readonly EventType Learned = new(Source, "learned", EventSeverity.Notice, "The time of learning is over: from now on what is new raises alarms.", "vectors", "clusters");

    public static readonly EventType Adapted = new(Source, "adapted", EventSeverity.Notice, "A behaviour that raised alarms is normal from now on: it was seen often, widely and long enough, or an operator approved it.", "executable", "parent");

    public static readonly EventType CollectorPolls = new(Source, "collector-polls", EventSeverity.Warning, "The kernel offers no process events here: processes that live shorter than the time between two looks are missed.", "reason");

    public static readonly EventType EventsLost = new(Source, "events-lost", EventSeverity.Warning, "The kernel dropped process events because there were too many; all processes were looked at anew.", "times");

    public static readonly EventType StoreFailed = new(Source, "store-failed", EventSeverity.Alarm, "Alarms cannot be stored; they wait in memory, as many as there is room for.", "reason");

    public static readonly EventType StoreRecovered = new(Source, "store-recovered", EventSeverity.Notice, "What waited is stored.", "lost");

    public static readonly EventType StateRefused = new(Source, "state-refused", EventSeverity.Warning, "What an earlier run learned cannot be read by this version, or does not fit the configuration: learning begins anew.", "format");

    public static readonly EventType QuotientChanged = new(Source, "quotient-changed", EventSeverity.Notice, "How well the network is segmented has changed: other flows were seen.", "before", "after");

    public static IReadOnlyList<EventType> All { get; } =
        [AlarmRaised, AlarmChanged, AlarmCleared, Learned, Adapted, CollectorPolls, EventsLost, StoreFailed, StoreRecovered, StateRefused, QuotientChanged];

    /// <summary>The type of what happened to an alarm.</summary>
    public static EventType Of(AlarmChange change) => change switch
    {
        AlarmChange.Raised => AlarmRaised,
        AlarmChange.Cleared => AlarmCleared,
        _ => AlarmChanged,
    };
}
