namespace Weft.Host.Observe;

/// <summary>Events of bridges and their failover.</summary>
internal static class BridgeEventTypes
{
    private const string Source = "bridge";

    public static readonly EventType RoleChanged = new(
        Source, "role-changed", EventSeverity.Notice, "A node plays another part.", "from", "to", "cause", "epoch");

    public static readonly EventType Fenced = new(
        Source, "fenced", EventSeverity.Alarm, "A node stopped forwarding to keep the network free of loops.", "cause", "epoch");

    public static readonly EventType PathUp = new(
        Source, "path-up", EventSeverity.Info, "BFD hears the other node on a path.", "path");

    public static readonly EventType PathDown = new(
        Source, "path-down", EventSeverity.Warning, "BFD no longer hears the other node on a path, or the other node took the path down.", "path", "diagnostic", "remote");

    public static readonly EventType HostsAsked = new(
        Source, "hosts-asked", EventSeverity.Notice, "A node that takes over asked the hosts of the overlay to forget or re-point addresses.", "mode", "requests");

    public static readonly EventType Flushed = new(
        Source, "flushed", EventSeverity.Notice, "A node of a pair took over, and addresses behind the other one were forgotten or re-pointed here.", "mode", "from", "to", "addresses", "epoch");

    public static readonly EventType FlushRefused = new(
        Source, "flush-refused", EventSeverity.Warning, "A request to forget or re-point addresses was malformed, forged or stale.", "from", "reason");

    public static readonly EventType MacMoved = new(
        Source, "mac-moved", EventSeverity.Info, "A machine is somewhere else than before; at most 20 of these a second are published.", "segment", "mac", "to");

    public static readonly EventType MacHeld = new(
        Source, "mac-held", EventSeverity.Warning, "An address moved too often, or away from a sticky port, and stays where it was; at most 20 of these a second are published.", "segment", "mac", "seen", "reason");

    public static readonly EventType LimitReached = new(
        Source, "limit-reached", EventSeverity.Warning, "A port or a segment has as many addresses as it may learn, or the table is full; at most 20 of these a second are published.", "segment", "mac", "seen", "reason");

    public static readonly EventType Storm = new(
        Source, "storm", EventSeverity.Warning, "A port sends more broadcast, multicast or unknown unicast than it may; said once a second and port while it lasts.", "segment", "destination");

    public static IReadOnlyList<EventType> All { get; } =
        [RoleChanged, Fenced, PathUp, PathDown, HostsAsked, Flushed, FlushRefused, MacMoved, MacHeld, LimitReached, Storm];
}
