namespace Weft.Host.Observe;

/// <summary>Events of machines and their services.</summary>
internal static class MachineEventTypes
{
    private const string Source = "services";

    public static readonly EventType Quarantined = new(Source, "quarantined", EventSeverity.Alarm, "A service of a machine failed too often and is left out; its policy decides what becomes of packets.", "service", "faults");

    public static readonly EventType FlowsFull = new(Source, "flows-full", EventSeverity.Warning, "A machine has as many flows as it may have, of both families or of one; at most once a minute.", "flows", "capacity", "refused");

    public static readonly EventType ContainerDied = new(Source, "container-died", EventSeverity.Alarm, "A process with a service of a machine gives no sign of life; what it had is lost.", "deaths");

    public static readonly EventType Leaving = new(Source, "leaving", EventSeverity.Notice, "A machine begins to move to another host.", "to", "flows");

    public static readonly EventType Moved = new(Source, "moved", EventSeverity.Notice, "A machine has moved to another host; its packets were held for so many microseconds.", "to", "epoch", "bytes", "frozen-bytes", "frozen-microseconds");

    public static readonly EventType MoveAborted = new(Source, "move-aborted", EventSeverity.Warning, "A move was given up, and the machine stays.", "to", "reason");

    public static readonly EventType Arrived = new(Source, "arrived", EventSeverity.Notice, "A machine has moved here.", "epoch", "flows");

    public static readonly EventType Fenced = new(Source, "fenced", EventSeverity.Alarm, "Another host owns a machine that was served here, or was to be, as the cluster says; its packets are dropped here.", "owner", "epoch");

    public static IReadOnlyList<EventType> All { get; } = [Quarantined, FlowsFull, ContainerDied, Leaving, Moved, MoveAborted, Arrived, Fenced];
}
