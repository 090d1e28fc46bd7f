using Weft.Bridge;

namespace Weft.Host.Config;

/// <summary>One validated bridge node: this switch's part in a pair that joins VLANs and overlay.</summary>
public sealed record BridgePlan
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Number of the pair, the same on both nodes.</summary>
    public required ulong Id { get; init; }

    /// <summary>Number of this node.</summary>
    public required ushort Node { get; init; }

    /// <summary>Rank.</summary>
    public required byte Priority { get; init; }

    /// <summary>Index of the access-role port that leads to the VLANs.</summary>
    public required int Port { get; init; }

    /// <summary>Indices of the bridged segments.</summary>
    public required IReadOnlyList<int> Segments { get; init; }

    /// <summary>Index of the tunnel endpoint.</summary>
    public required int Vtep { get; init; }

    /// <summary>The other node's tunnel endpoint; none while the cluster does not know it.</summary>
    public required TunnelAddress Peer { get; init; }

    /// <summary>Whether the other node is found in the cluster.</summary>
    public bool FindsPeer { get; init; }

    /// <summary>Secret of the pair; empty if there is none.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>Who takes whose place.</summary>
    public required PreemptionMode Preemption { get; init; }

    /// <summary>What a promoted node does first.</summary>
    public required AnnouncementOrder Order { get; init; }

    /// <summary>UDP port of MAC-SYNC.</summary>
    public required ushort SyncPort { get; init; }

    /// <summary>Interval of BFD packets.</summary>
    public required TimeSpan BfdInterval { get; init; }

    /// <summary>Packets that may be missed.</summary>
    public required byte BfdMultiplier { get; init; }

    /// <summary>How BFD between the endpoints travels.</summary>
    public BfdEncapsulation BfdEncapsulation { get; init; }

    /// <summary>Virtual network identifier of BFD inside the tunnel.</summary>
    public uint ManagementVni { get; init; } = 1;

    /// <summary>VLAN of the second path; 0 if there is only one.</summary>
    public required ushort PathVlan { get; init; }

    /// <summary>Time to listen after the start.</summary>
    public required TimeSpan InitHold { get; init; }

    /// <summary>Time for which a preferred node is stable before it asks for its place.</summary>
    public required TimeSpan PreemptHold { get; init; }

    /// <summary>Whether known IP addresses are announced, too.</summary>
    public required bool AnnounceAddresses { get; init; }

    /// <summary>What hosts are asked to do after a takeover; null to ask nothing.</summary>
    public HostFlushMode? HostFlush { get; init; }

    /// <summary>Secret shared with the hosts; empty if there is none.</summary>
    public ReadOnlyMemory<byte> HostKey { get; init; }

    /// <summary>Time of the lease of the cluster's store without which the node does not forward; null if the nodes agree among themselves.</summary>
    public TimeSpan? FenceLease { get; init; }

    /// <summary>UDP port of requests to hosts.</summary>
    public ushort HostPort { get; init; }
}
