namespace Weft.Host.Observe;

/// <summary>Events of ports that the switch protects itself from.</summary>
internal static class PortEventTypes
{
    private const string Source = "port";

    public static readonly EventType Shut = new(
        Source, "shut", EventSeverity.Alarm, "The switch shut the port: nothing comes in by it and nothing leaves. It opens by itself after that many seconds, 0 for never.", "cause", "recoverySeconds");

    public static readonly EventType Reopened = new(
        Source, "reopened", EventSeverity.Notice, "A port that the switch had shut is open again: its time is over, or a person said so.", "cause", "by");

    public static readonly EventType SecurityViolation = new(
        Source, "security-violation", EventSeverity.Warning, "A machine sent from a port that it may not be behind; once a second and port at most.", "segment", "mac", "why");

    public static readonly EventType LoopFound = new(
        Source, "loop-found", EventSeverity.Alarm, "A probe of the switch came back: the two ports, or the port and itself, are connected outside of it.", "sentBy", "receivedAt", "vlan");

    public static IReadOnlyList<EventType> All { get; } = [Shut, Reopened, SecurityViolation, LoopFound];
}
