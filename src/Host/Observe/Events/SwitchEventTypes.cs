namespace Weft.Host.Observe;

/// <summary>Events of the switch as a whole.</summary>
internal static class SwitchEventTypes
{
    private const string Source = "switch";

    public static readonly EventType Started = new(Source, "started", EventSeverity.Info, "The switch runs.", "ports", "segments");

    public static readonly EventType Resumed = new(Source, "resumed", EventSeverity.Notice, "The switch went on with what the one before it knew.", "ageMilliseconds");

    public static readonly EventType StateRefused = new(Source, "state-refused", EventSeverity.Warning, "The state of the switch before was damaged, of another version or too old; this one began anew.");

    public static readonly EventType TakenOver = new(Source, "taken-over", EventSeverity.Notice, "The switch went on in the place of a running one, with its ports.", "standstillMicroseconds");

    public static readonly EventType TakeoverFailed = new(Source, "takeover-failed", EventSeverity.Warning, "Another process was to go on in the place of this switch and did not; this one goes on.");

    public static readonly EventType Reloaded = new(Source, "reloaded", EventSeverity.Notice, "A new configuration is in force.", "ports", "segments");

    public static readonly EventType PortUp = new(Source, "port-up", EventSeverity.Notice, "A port can send and receive again.");

    public static readonly EventType PortDown = new(Source, "port-down", EventSeverity.Warning, "A port lost its carrier or its device.");

    public static IReadOnlyList<EventType> All { get; } = [Started, Resumed, StateRefused, TakenOver, TakeoverFailed, Reloaded, PortUp, PortDown];
}
