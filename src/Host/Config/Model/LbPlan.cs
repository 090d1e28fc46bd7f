using Weft.Lb;

namespace Weft.Host.Config;

/// <summary>The way back to load balancers: a router sends replies of servers to the load balancer that their flow came from.</summary>
public sealed record LbPlan
{
    /// <summary>Name, shown in tables and events.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the router.</summary>
    public required int Router { get; init; }

    /// <summary>Index of the segment of the load balancers; the router has an interface there.</summary>
    public required int Front { get; init; }

    /// <summary>Index of the segment of the servers; the router has an interface there.</summary>
    public required int Back { get; init; }

    /// <summary>Servers by address; replies of others are routed as ever. Empty for the whole segment.</summary>
    public required IReadOnlyList<NetworkAddress> Servers { get; init; }

    /// <summary>Load balancers.</summary>
    public required IReadOnlyList<LbMemberPlan> Members { get; init; }

    /// <summary>What happens if a flow comes from another load balancer.</summary>
    public RebindPolicy Policy { get; init; }

    /// <summary>Whether flows are learned; without it every reply is routed by its destination.</summary>
    public bool Learning { get; init; } = true;

    /// <summary>Whether flows of a load balancer that goes are given to those that stay.</summary>
    public bool TakeOver { get; init; } = true;

    /// <summary>Flows of each family.</summary>
    public int Flows { get; init; } = 65_536;
}
