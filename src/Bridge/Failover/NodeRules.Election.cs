using Weft.Packets;

namespace Weft.Bridge;

/// <content>
/// Who forwards where nobody does. After a start a node listens, and a standby waits for a long silence: neither knows whether the other
/// one forwards. Two that hear each other need not wait: the preferred one asks, the other says "not I" and keeps to it for longer than
/// its word is believed, and the first one begins.
/// </content>
internal static partial class NodeRules
{
    private const MacSyncFlags NotWaiting = MacSyncFlags.Active | MacSyncFlags.Drain | MacSyncFlags.Fenced;

    /// <summary>Whether this node would begin if the other one said now that it does not forward.</summary>
    private static bool MaySettle(in NodeState state, BridgeNodeOptions options, Timestamp now) =>
        state.Role is BridgeRole.Init or BridgeRole.Standby && state is { PortUp: true, PeerKnown: true } && options.Preemption != PreemptionMode.Manual
        && (state.Peer.Flags & NotWaiting) == 0 && IsPreferred(state, options) && IsFresh(state, options, now)
        && !IsCutOff(state, options) && now >= state.PromisedUntil && !state.IsClearing;

    /// <summary>Whether somebody who has just started does not know yet whether there is another node.</summary>
    private static bool IsNew(in NodeState state) => state is { Role: BridgeRole.Init, PeerKnown: false };

    /// <summary>Whether this node is the one of two equals that goes first.</summary>
    private static bool IsPreferred(in NodeState state, BridgeNodeOptions options) =>
        (options.Priority, options.Node).CompareTo((state.Peer.Priority, state.Peer.Node)) > 0;

    /// <summary>Whether the other node will begin if we say that we do not forward: then that must hold for a moment.</summary>
    private static bool MayPeerSettle(in NodeState state, BridgeNodeOptions options) =>
        (state.Peer.Flags & (NotWaiting | MacSyncFlags.Query)) == MacSyncFlags.Query && state.Role is BridgeRole.Init or BridgeRole.Standby && !IsPreferred(state, options);

    /// <summary>
    /// Epochs begin with the time of day, and a clock may have gone back since: what a node said before it started anew would then count for more than
    /// what it says now. So a standby says the epoch of whoever forwards, and who starts goes on from what a node says that did not start with it, whenever
    /// it hears that for the first time. Only then: two that stand by would go past each other for ever.
    /// </summary>
    private static NodeState CatchUp(in NodeState state)
    {
        bool hasStarted = (state.Peer.Flags & MacSyncFlags.Init) != 0;
        bool isContest = state is { PeerActive: true, Role: BridgeRole.Promoting or BridgeRole.Active or BridgeRole.Demoting };
        bool mayGoOn = !hasStarted && !isContest && (state.Role == BridgeRole.Init || !state.HasCaughtUp);
        bool follows = state is { Role: BridgeRole.Standby, PeerActive: true } && state.Peer.Epoch > state.Epoch;
        return mayGoOn ? state with { HasCaughtUp = true, Epoch = state.Peer.Epoch >= state.Epoch ? state.Peer.Epoch + 1 : state.Epoch }
            : follows ? state with { Epoch = state.Peer.Epoch } : state;
    }

    private static NodeState Elect(in NodeState state, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        bool peerThere = IsFresh(state, options, now) || state.Overlay == BridgePathState.Up || state.Vlan == BridgePathState.Up;
        bool preferred = state.PeerKnown && IsPreferred(state, options);
        if (!state.PortUp || options.Preemption == PreemptionMode.Manual || (peerThere && !preferred))
        {
            return BecomeStandby(state, FailoverCause.Elected, now, ref actions);
        }

        return Promote(state, peerThere ? FailoverCause.Elected : FailoverCause.Alone, options, now, ref actions);
    }
}
