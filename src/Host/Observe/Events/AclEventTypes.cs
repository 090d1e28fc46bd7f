namespace Weft.Host.Observe;

/// <summary>Events of access control.</summary>
internal static class AclEventTypes
{
    public static readonly EventType Matched = new(
        "acl", "matched", EventSeverity.Notice, "A packet matched a rule that is to be logged; at most 20 of these a second are published.", "list", "rule", "action", "source", "destination", "port");

    public static IReadOnlyList<EventType> All { get; } = [Matched];
}
