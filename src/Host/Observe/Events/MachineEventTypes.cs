namespace Weft.Host.Observe;

/// <summary>Events of machines and their services.</summary>
internal static class MachineEventTypes
{
    private const string Source = "services";

    public static readonly EventType Quarantined = new(Source, "quarantined", EventSeverity.Alarm, "A service of a machine failed too often and is left out; its policy decides what becomes of packets.", "service", "faults");

    public static readonly EventType FlowsFull = new(Source, "flows-full", EventSeverity.Warning, "A machine has as many flows as it may have, of both families or of one; at most once a minute.", "flows", "capacity", "refused");

    public static IReadOnlyList<EventType> All { get; } = [Quarantined, FlowsFull];
}
