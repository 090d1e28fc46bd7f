namespace Weft.Host.Observe;

/// <summary>A switch's part in a mesh.</summary>
public sealed record MeshSnapshot
{
    /// <summary>Name of this machine.</summary>
    public required string Self { get; init; }

    /// <summary>The port of the agent.</summary>
    public required string AgentPort { get; init; }

    /// <summary>All machines.</summary>
    public IReadOnlyList<MeshMachineSnapshot> Machines { get; init; } = [];

    /// <summary>Connections that are remembered.</summary>
    public required int Flows { get; init; }

    /// <summary>The connections, if asked for.</summary>
    public IReadOnlyList<MeshFlowSnapshot> FlowList { get; init; } = [];

    /// <summary>Packets of client applications for the agent.</summary>
    public required long Redirected { get; init; }

    /// <summary>Packets of the agent for client applications.</summary>
    public required long Unredirected { get; init; }

    /// <summary>Packets of the agent for server applications.</summary>
    public required long Restored { get; init; }

    /// <summary>Packets of server applications for the agent.</summary>
    public required long Unrestored { get; init; }

    /// <summary>Packets that are none of the mesh's.</summary>
    public required long Passed { get; init; }

    /// <summary>Packets dropped; <c>weft show drops</c> says why.</summary>
    public required long Dropped { get; init; }

    /// <summary>Connections that local applications opened.</summary>
    public required long RedirectFlows { get; init; }

    /// <summary>Connections that the agent opened to local applications.</summary>
    public required long RestoreFlows { get; init; }
}
