using Weft.Sase;

namespace Weft.Host.Observe;

/// <summary>Events of points of presence.</summary>
internal static class SaseEventTypes
{
    private const string Source = "sase";

    private static readonly string[] Fields = ["bundle", "epoch"];

    public static readonly EventType Activated = new(Source, "activated", EventSeverity.Notice, "This node owns a bundle from now on.", Fields);

    public static readonly EventType Fenced = new(Source, "fenced", EventSeverity.Warning, "Another node owns a bundle that was this one's; nothing more is done for it.", Fields);

    public static readonly EventType Suspended = new(Source, "suspended", EventSeverity.Warning, "This node stood still, and does nothing for a bundle until a gateway confirms that it is its own.", Fields);

    public static readonly EventType Resumed = new(Source, "resumed", EventSeverity.Notice, "A gateway confirmed it.", Fields);

    public static readonly EventType Released = new(Source, "released", EventSeverity.Notice, "A bundle was handed over as planned.", Fields);

    public static readonly EventType InSync = new(Source, "in-sync", EventSeverity.Info, "The backup of a bundle has been told of all its flows.", Fields);

    public static readonly EventType Moved = new(Source, "moved", EventSeverity.Notice, "This gateway sends a bundle to another node from now on.", Fields);

    public static readonly EventType AllNodesLost = new(Source, "all-nodes-lost", EventSeverity.Warning, "All nodes seem to be gone at once; this gateway goes on as before for a while.", Fields);

    public static readonly EventType MemberUp = new(Source, "member-up", EventSeverity.Info, "BFD hears a member.", "member");

    public static readonly EventType MemberDown = new(Source, "member-down", EventSeverity.Warning, "BFD does not hear a member any more.", "member", "diagnostic");

    public static IReadOnlyList<EventType> All { get; } = [Activated, Fenced, Suspended, Resumed, Released, InSync, Moved, AllNodesLost, MemberUp, MemberDown];

    /// <summary>The type of what an engine reports.</summary>
    public static EventType Of(SaseEventKind kind) => kind switch
    {
        SaseEventKind.Activated => Activated,
        SaseEventKind.Fenced => Fenced,
        SaseEventKind.Suspended => Suspended,
        SaseEventKind.Resumed => Resumed,
        SaseEventKind.Released => Released,
        SaseEventKind.InSync => InSync,
        SaseEventKind.Moved => Moved,
        _ => AllNodesLost,
    };
}
