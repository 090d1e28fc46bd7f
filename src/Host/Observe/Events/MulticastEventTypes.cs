namespace Weft.Host.Observe;

/// <summary>Events of multicast.</summary>
internal static class MulticastEventTypes
{
    private const string Source = "multicast";

    public static readonly EventType QuerierChanged = new(
        Source, "querier-changed", EventSeverity.Notice, "The switch began or ceased to ask the hosts of a segment what they listen to: somebody with a lower address does, or did.", "family", "asks");

    public static readonly EventType LimitReached = new(
        Source, "limit-reached", EventSeverity.Warning, "A port's hosts wanted more groups or sources than it may have; said once a second at most while it lasts, with what was refused meanwhile.", "joins", "filters");

    public static IReadOnlyList<EventType> All { get; } = [QuerierChanged, LimitReached];
}
