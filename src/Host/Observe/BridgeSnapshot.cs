namespace Weft.Host.Observe;

/// <summary>A bridge node.</summary>
public sealed record BridgeSnapshot
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Port to the VLANs.</summary>
    public required string Port { get; init; }

    /// <summary>Part that it plays: <c>init</c>, <c>standby</c>, <c>promoting</c>, <c>active</c>, <c>demoting</c>, <c>fenced</c>.</summary>
    public required string Role { get; init; }

    /// <summary>Why, for example <c>peer-down</c>.</summary>
    public required string Cause { get; init; }

    /// <summary>For how long.</summary>
    public required double RoleSeconds { get; init; }

    /// <summary>Grows with every promotion.</summary>
    public required uint Epoch { get; init; }

    /// <summary>Whether frames pass between VLANs and overlay here.</summary>
    public required bool Forwards { get; init; }

    /// <summary>Whether a person gave the role away.</summary>
    public required bool IsDrained { get; init; }

    /// <summary>Time for which the node holds its fence, 0 if it does not; null if it needs none.</summary>
    public double? FenceSeconds { get; init; }

    /// <summary>As standby: the table agrees with the active node's.</summary>
    public required bool InSync { get; init; }

    /// <summary>Machines behind the VLANs.</summary>
    public required int Machines { get; init; }

    /// <summary>State of the path between the endpoints.</summary>
    public required string OverlayPath { get; init; }

    /// <summary>State of the path through the VLANs.</summary>
    public required string VlanPath { get; init; }

    /// <summary>Seconds since the other node was heard; null if it never was.</summary>
    public double? PeerHeardSeconds { get; init; }

    /// <summary>Requests to hosts to forget or re-point addresses.</summary>
    public long FlushRequests { get; init; }

    /// <summary>Promotions of this node.</summary>
    public required long Promotions { get; init; }

    /// <summary>RARPs into the overlay and into the VLANs.</summary>
    public required long Announced { get; init; }

    /// <summary>MAC-SYNC messages refused: malformed, forged, foreign or stale.</summary>
    public required long Refused { get; init; }

    /// <summary>Times that the process slept too long.</summary>
    public required long Gaps { get; init; }

    /// <summary>Changes of role, the last ones, oldest first.</summary>
    public IReadOnlyList<BridgeEventSnapshot> Events { get; init; } = [];
}
