namespace Weft.Host.Observe;

/// <summary>This host's part in a cluster.</summary>
public sealed record ClusterMemberSnapshot
{
    /// <summary>This host's name.</summary>
    public required string Host { get; init; }

    /// <summary><c>file</c> or <c>etcd</c>.</summary>
    public required string Store { get; init; }

    /// <summary>The file, or the member that answered last; empty before the first answer.</summary>
    public required string Place { get; init; }

    /// <summary>The highest revision seen.</summary>
    public required long Revision { get; init; }

    /// <summary>Seconds since the store last answered; null if it never did.</summary>
    public required double? SilentSeconds { get; init; }

    /// <summary>Requests that were answered.</summary>
    public required long Requests { get; init; }

    /// <summary>Attempts that failed.</summary>
    public required long Failures { get; init; }

    /// <summary>Watches that were continued after their connection was lost.</summary>
    public required long WatchesResumed { get; init; }

    /// <summary>Seconds for which others still take this host for present without another answer of the store.</summary>
    public required double LeaseSeconds { get; init; }

    /// <summary>Endpoints of virtual networks, this host's included.</summary>
    public IReadOnlyList<ClusterEndpointSnapshot> Endpoints { get; init; } = [];

    /// <summary>Nodes of bridge pairs.</summary>
    public IReadOnlyList<ClusterBridgeNodeSnapshot> BridgeNodes { get; init; } = [];

    /// <summary>Blocks of ports that NATs lease.</summary>
    public IReadOnlyList<ClusterBlocksSnapshot> Blocks { get; init; } = [];
}
