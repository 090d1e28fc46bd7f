using Weft.Packets;

namespace Weft.Bridge;

/// <summary>All that the decisions of a node depend on, besides its options and the time.</summary>
internal readonly record struct NodeState
{
    public BridgeRole Role { get; init; }

    public FailoverCause Cause { get; init; }

    /// <summary>When the role began.</summary>
    public Timestamp Since { get; init; }

    /// <summary>Grows with every promotion.</summary>
    public uint Epoch { get; init; }

    /// <summary>Whether the epoch was compared with that of a node which did not start with this one: what this node's last life said is then behind it.</summary>
    public bool HasCaughtUp { get; init; }

    public BridgePathState Overlay { get; init; }

    public BridgePathState Vlan { get; init; }

    public bool PortUp { get; init; }

    /// <summary>A person took the role away; the node does not ask for it back.</summary>
    public bool Drained { get; init; }

    /// <summary>While demoting: this node has stopped, and the other one was told to go on.</summary>
    public bool HandedOver { get; init; }

    /// <summary>While active: the other node said that it was, too.</summary>
    public bool Contested { get; init; }

    /// <summary>Standby: the table agrees with that of the active node.</summary>
    public bool InSync { get; init; }

    /// <summary>When the other node was asked for its place last.</summary>
    public Timestamp AskedAt { get; init; }

    /// <summary>Whether the other node was ever heard.</summary>
    public bool PeerKnown { get; init; }

    /// <summary>What it said last.</summary>
    public MacSyncHeader Peer { get; init; }

    /// <summary>When it said so.</summary>
    public Timestamp PeerHeard { get; init; }

    /// <summary>When somebody other than us was last known to forward.</summary>
    public Timestamp ActiveSeen { get; init; }

    /// <summary>When a path went down last.</summary>
    public Timestamp PathLostAt { get; init; }

    /// <summary>When this process last noticed that it had slept: what paths say then is about itself.</summary>
    public Timestamp WokeAt { get; init; }

    /// <summary>The node slept, and what waited for it meanwhile is being dropped.</summary>
    public bool IsClearing { get; init; }

    /// <summary>Frames wait at ports that may have been there since before the node slept.</summary>
    public bool HasBacklog { get; init; }

    /// <summary>Until when it is certain that everything that had arrived was heard: the poll before the last.</summary>
    public Timestamp ListenedUntil { get; init; }

    /// <summary>Whether anybody on the overlay besides the other node was ever heard.</summary>
    public bool KnowsOverlay { get; init; }

    /// <summary>When one of them was heard last.</summary>
    public Timestamp OverlayHeard { get; init; }

    /// <summary>When the other node gave its last sign of life, on either path.</summary>
    public Timestamp PeerSign { get; init; }

    /// <summary>When the first sound came after a silence.</summary>
    public Timestamp ReachedAt { get; init; }

    /// <summary>Until when this node does not begin to forward, because it told one that had stopped that it does not.</summary>
    public Timestamp PromisedUntil { get; init; }

    /// <summary>When the path through the VLANs went down last.</summary>
    public Timestamp VlanLostAt { get; init; }

    /// <summary>When a machine behind the VLANs was heard last.</summary>
    public Timestamp VlanHeard { get; init; }

    /// <summary>When a frame was last taken for one that another bridge node had sent.</summary>
    public Timestamp SuspectedAt { get; init; }

    /// <summary>Neither path says that the other node is there.</summary>
    public bool IsAlone => Overlay != BridgePathState.Up && Vlan != BridgePathState.Up;

    /// <summary>The VLANs are heard though the other node is not, there.</summary>
    public bool HearsVlan => Vlan == BridgePathState.Down && VlanHeard > VlanLostAt;

    /// <summary>Whether frames pass between the VLANs and the rest.</summary>
    public bool Forwards => Role == BridgeRole.Active || (Role == BridgeRole.Demoting && !HandedOver);

    public bool PeerActive => PeerKnown && (Peer.Flags & MacSyncFlags.Active) != 0;

    /// <summary>Every path is down, and at least one of them was up once.</summary>
    public bool AllPathsDown =>
        Overlay != BridgePathState.Up && Vlan != BridgePathState.Up && (Overlay, Vlan) != (BridgePathState.Unknown, BridgePathState.Unknown);

    /// <summary>No path is merely broken: the other node was taken down on purpose.</summary>
    public bool PeerAdminDown => AllPathsDown && Overlay != BridgePathState.Down && Vlan != BridgePathState.Down;
}
