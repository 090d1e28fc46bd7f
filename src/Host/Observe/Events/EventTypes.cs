namespace Weft.Host.Observe;

/// <summary>Every kind of event that a switch can publish.</summary>
internal static class EventTypes
{
    /// <summary>In the order of the guide.</summary>
    public static IReadOnlyList<EventType> All { get; } =
    [
        .. SwitchEventTypes.All,
        .. LinkEventTypes.All,
        .. PortEventTypes.All,
        .. BridgeEventTypes.All,
        .. AclEventTypes.All,
        .. IdsEventTypes.All,
        .. NatEventTypes.All,
        .. SaseEventTypes.All,
        .. MulticastEventTypes.All,
        .. MachineEventTypes.All,
        .. AnalyticsEventTypes.All,
    ];
}
