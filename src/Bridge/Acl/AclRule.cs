using Weft.Flows;

namespace Weft.Bridge;

/// <summary>One rule of an <see cref="AccessList"/>.</summary>
public sealed record AclRule
{
    /// <summary>Its name, unique in its list: counters belong to it across changes of the list.</summary>
    public required string Name { get; init; }

    /// <summary>What becomes of packets that match.</summary>
    public required AclAction Action { get; init; }

    /// <summary>What packets match: one of these; at least one.</summary>
    public required IReadOnlyList<PacketRule> Matches { get; init; }

    /// <summary>Whether it is told when a packet matches.</summary>
    public bool IsLogged { get; init; }
}
