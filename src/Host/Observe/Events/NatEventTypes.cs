using Weft.Nat;

namespace Weft.Host.Observe;

/// <summary>Events of address translation, those of RFC 8158.</summary>
internal static class NatEventTypes
{
    private const string Source = "nat";

    private static readonly string[] Fields = ["protocol", "inside", "inside-port", "outside", "outside-port", "outside-last-port"];

    public static readonly EventType SessionCreated = new(Source, "session-created", EventSeverity.Info, "A session began (event 4 of RFC 8158).", Fields);

    public static readonly EventType SessionDeleted = new(Source, "session-deleted", EventSeverity.Info, "A session ended (event 5).", Fields);

    public static readonly EventType MappingCreated = new(Source, "mapping-created", EventSeverity.Info, "A machine got a port of a shared address (event 8).", Fields);

    public static readonly EventType MappingDeleted = new(Source, "mapping-deleted", EventSeverity.Info, "A machine's port is free again (event 9).", Fields);

    public static readonly EventType PortsExhausted = new(Source, "ports-exhausted", EventSeverity.Warning, "No port is left for a machine (event 12).", Fields);

    public static readonly EventType QuotaExceeded = new(Source, "quota-exceeded", EventSeverity.Warning, "A machine or the table has as many mappings as it may (event 13).", Fields);

    public static readonly EventType BlockAllocated = new(Source, "block-allocated", EventSeverity.Notice, "This host owns a block of ports (event 16).", Fields);

    public static readonly EventType BlockReleased = new(Source, "block-released", EventSeverity.Notice, "This host gave a block of ports up (event 17).", Fields);

    public static IReadOnlyList<EventType> All { get; } =
        [SessionCreated, SessionDeleted, MappingCreated, MappingDeleted, PortsExhausted, QuotaExceeded, BlockAllocated, BlockReleased];

    /// <summary>The type of what an engine reports.</summary>
    public static EventType Of(NatEventKind kind) => kind switch
    {
        NatEventKind.SessionCreated => SessionCreated,
        NatEventKind.SessionDeleted => SessionDeleted,
        NatEventKind.MappingCreated => MappingCreated,
        NatEventKind.MappingDeleted => MappingDeleted,
        NatEventKind.PortsExhausted => PortsExhausted,
        NatEventKind.QuotaExceeded => QuotaExceeded,
        NatEventKind.BlockAllocated => BlockAllocated,
        _ => BlockReleased,
    };
}
