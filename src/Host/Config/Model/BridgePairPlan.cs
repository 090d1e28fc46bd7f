namespace Weft.Host.Config;

/// <summary>A pair of bridge nodes whose requests to forget or re-point addresses this switch obeys as a host of the overlay.</summary>
public sealed record BridgePairPlan
{
    /// <summary>Number of the pair.</summary>
    public required ulong Id { get; init; }

    /// <summary>Index of the tunnel endpoint at which requests arrive.</summary>
    public required int Vtep { get; init; }

    /// <summary>Tunnel endpoints of the two nodes; none while the cluster does not know both.</summary>
    public required IReadOnlyList<TunnelAddress> Nodes { get; init; }

    /// <summary>Whether the nodes are found in the cluster.</summary>
    public bool FindsNodes { get; init; }

    /// <summary>Secret that the nodes share with the hosts; empty if there is none.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>UDP port of requests.</summary>
    public required ushort Port { get; init; }
}
