namespace Weft.Host.Observe;

/// <summary>The way back to load balancers.</summary>
public sealed record LbSnapshot
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the router.</summary>
    public required string Router { get; init; }

    /// <summary>Load balancers.</summary>
    public IReadOnlyList<LbMemberSnapshot> Members { get; init; } = [];

    /// <summary>Flows that are remembered.</summary>
    public required int Flows { get; init; }

    /// <summary>The first thousand of the flows, if asked for.</summary>
    public IReadOnlyList<LbFlowSnapshot> FlowList { get; init; } = [];

    /// <summary>Flows that are remembered and not in <see cref="FlowList"/>.</summary>
    public int FlowsNotListed => Flows - FlowList.Count;

    /// <summary>Packets from servers that went back to a load balancer.</summary>
    public required long Redirected { get; init; }

    /// <summary>Packets from servers that were routed.</summary>
    public required long Routed { get; init; }

    /// <summary>All flows in the form that another switch takes over, if asked for.</summary>
    public byte[]? Export { get; init; }
}
