namespace Weft.Host.Observe;

/// <summary>Events of what ports hear from the other ends of their cables.</summary>
internal static class LinkEventTypes
{
    private const string Source = "link";

    public static readonly EventType NeighborAdded = new(
        Source, "neighbor-added", EventSeverity.Notice, "LLDP named a neighbour behind the port that was not known.", "system", "neighborPort");

    public static readonly EventType NeighborChanged = new(
        Source, "neighbor-changed", EventSeverity.Info, "A neighbour behind the port says something else of itself than before.", "system", "neighborPort");

    public static readonly EventType NeighborLost = new(
        Source, "neighbor-lost", EventSeverity.Warning, "A neighbour behind the port said good-bye, or nothing for as long as it is to be remembered.", "system", "neighborPort", "why");

    public static readonly EventType LinkJoined = new(
        Source, "link-joined", EventSeverity.Notice, "A link of the bond began to carry frames.", "port", "usable");

    public static readonly EventType LinkLeft = new(
        Source, "link-left", EventSeverity.Warning, "A link of the bond ceased to carry frames: its carrier or its partner is gone, or another link is preferred.", "port", "usable");

    public static IReadOnlyList<EventType> All { get; } = [NeighborAdded, NeighborChanged, NeighborLost, LinkJoined, LinkLeft];
}
