namespace Weft.Host.Observe;

/// <summary>Events of intrusion detection.</summary>
internal static class IdsEventTypes
{
    private const string Source = "ids";

    public static readonly EventType Alert = new(
        Source, "alert", EventSeverity.Alarm, "A rule matched; at most 20 of these a second and sensor are published, the sensor's files have all.", "sid", "message", "from", "to", "verdict");

    public static readonly EventType RulesChanged = new(
        Source, "rules-changed", EventSeverity.Notice, "A sensor uses rules that were read again.", "generation", "rules", "left-out");

    public static IReadOnlyList<EventType> All { get; } = [Alert, RulesChanged];
}
