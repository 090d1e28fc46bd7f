using Weft.Packets;

namespace Weft.Bridge;

/// <content>
/// Whether a node is connected to its networks at all. Who hears nobody cannot tell a dead peer from a cut cable, but it can tell both
/// from a dead peer alone: then hosts of the overlay still answer. A node that was cut off may have been replaced, so it stops before
/// the other one can have begun, and when it hears somebody again it asks before it forwards a frame.
/// </content>
internal static partial class NodeRules
{
    /// <summary>Time between two frames that are taken for another bridge's while that one says nothing: addresses can be forged.</summary>
    private static readonly TimeSpan SuspicionInterval = TimeSpan.FromSeconds(10);

    /// <summary>Silence that is certain after this part of the longest gap is known before the gap is over.</summary>
    private const double CertainPart = 0.75;

    /// <summary>Longest gaps for which the other node may be silent once it can be heard: after one it would have fenced itself.</summary>
    private const int AnswerGaps = 2;

    /// <summary>Whether nobody was heard lately who would have to be: neither the other node nor, without its overlay path, anybody there.</summary>
    public static bool IsCutOff(in NodeState state, BridgeNodeOptions options) => state.KnowsOverlay
        && (IsSilent(state, Later(state.OverlayHeard, state.PeerSign), options)
            || (state.Overlay != BridgePathState.Up && IsSilent(state, state.OverlayHeard, options)));

    /// <summary>
    /// Whether the node should ask the other one again and again: it has stopped, or has just been connected, and wants to go on; or nobody
    /// forwards, and it would.
    /// </summary>
    public static bool IsAsking(in NodeState state, BridgeNodeOptions options, Timestamp now) => state.Role switch
    {
        BridgeRole.Fenced => MayGoOn(state),
        BridgeRole.Standby => (state.IsAlone && IsJustReached(state, options, now)) || MaySettle(state, options, now),
        BridgeRole.Init => IsNew(state) || MaySettle(state, options, now),
        _ => false,
    };

    /// <summary>Whether the node stopped for a reason that the other one can take away by saying that it does not forward. A rival may have stopped, too.</summary>
    private static bool MayGoOn(in NodeState state) => state.Cause is FailoverCause.WokeUp or FailoverCause.CutOff or FailoverCause.Outranked;

    /// <summary>Whether nothing speaks against it that the node begins to forward without being told to.</summary>
    private static bool MayBegin(in NodeState state, BridgeNodeOptions options, Timestamp now) =>
        !IsCutOff(state, options) && !IsJustReached(state, options, now) && now >= state.PromisedUntil && IsAwake(state, now);

    /// <summary>
    /// Who asks because it stopped, or because nobody forwards, begins when it is told that we do not, be it a moment later: until then that holds.
    /// </summary>
    private static NodeState Promise(in NodeState state, BridgeNodeOptions options, Timestamp now)
    {
        const MacSyncFlags asks = MacSyncFlags.Fenced | MacSyncFlags.Query;
        bool maySetOff = (state.Peer.Flags & asks) == asks && !state.Forwards && (state.Role != BridgeRole.Fenced || PeerOutranks(state, options));
        return maySetOff || MayPeerSettle(state, options) ? state with { ActiveSeen = now, PromisedUntil = now + (options.MaxGap * AnswerGaps) } : state;
    }

    private static bool IsSilent(in NodeState state, Timestamp heard, BridgeNodeOptions options) =>
        state.ListenedUntil > heard && state.ListenedUntil - heard > options.MaxGap * CertainPart;

    private static bool IsJustReached(in NodeState state, BridgeNodeOptions options, Timestamp now) =>
        state.ReachedAt != Timestamp.Zero && now - state.ReachedAt < options.MaxGap * AnswerGaps;

    private static Timestamp Later(Timestamp left, Timestamp right) => left > right ? left : right;

    private static NodeState OnOverlayHeard(in NodeState state, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        bool isFirst = !state.KnowsOverlay;
        NodeState next = Reach(state, isFirst || IsCutOff(state, options), now, ref actions) with { KnowsOverlay = true, OverlayHeard = now };
        // A network that was silent from the start may have been cut off from the start.
        return isFirst && next.IsAlone ? FenceOff(next, now, ref actions) : next;
    }

    private static NodeState OnPeerSign(in NodeState state, BridgeNodeOptions options, Timestamp now, ref NodeActions actions) =>
        Reach(state, state.KnowsOverlay && IsSilent(state, Later(state.OverlayHeard, state.PeerSign), options), now, ref actions) with { PeerSign = now };

    private static NodeState Reach(in NodeState state, bool isNew, Timestamp now, ref NodeActions actions)
    {
        if (!isNew)
        {
            return state;
        }

        actions |= NodeActions.Query;
        return state with { ReachedAt = now, ActiveSeen = now };
    }

    private static NodeState OnVlanHeard(in NodeState state, Timestamp now, ref NodeActions actions)
    {
        NodeState next = state with { VlanHeard = now };
        actions |= next.HearsVlan && !state.HearsVlan ? NodeActions.TellState : NodeActions.None;
        return next;
    }

    /// <summary>A frame came that only another bridge can have sent, though the other node seems to be away: both forward.</summary>
    private static NodeState OnSuspicion(in NodeState state, Timestamp now, ref NodeActions actions)
    {
        bool isLate = state.SuspectedAt == Timestamp.Zero || now - state.SuspectedAt >= SuspicionInterval;
        return state.Forwards && state.IsAlone && isLate
            ? FenceOff(state with { SuspectedAt = now, ReachedAt = now }, now, ref actions)
            : state;
    }

    private static NodeState FenceOff(in NodeState state, Timestamp now, ref NodeActions actions)
    {
        if (state.Role is not (BridgeRole.Active or BridgeRole.Promoting) && !state.Forwards)
        {
            return state;
        }

        actions |= NodeActions.Query;
        return Stop(state, BridgeRole.Fenced, FailoverCause.CutOff, now, ref actions);
    }

    /// <summary>A node that stopped to ask hears the other one, which does not forward.</summary>
    private static NodeState OnAnswer(in NodeState state, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        bool isUndecided = (state.Peer.Flags & MacSyncFlags.Fenced) != 0;
        if (isUndecided && PeerOutranks(state, options))
        {
            return BecomeStandby(state, FailoverCause.Elected, now, ref actions);
        }

        // A rival that hosts have heard of said a later epoch than ours.
        return state.Cause == FailoverCause.Outranked
            ? Promote(state, FailoverCause.NoActive, options, now, ref actions)
            : GoOn(state, FailoverCause.StillPreferred, now, ref actions);
    }

    private static NodeState GoOn(in NodeState state, FailoverCause cause, Timestamp now, ref NodeActions actions)
    {
        // What was learned and announced before the silence may not have arrived.
        actions |= NodeActions.TellState | (state.Cause == FailoverCause.CutOff ? NodeActions.Announce | NodeActions.FlushHosts : NodeActions.None);
        return Enter(state, BridgeRole.Active, cause, now);
    }

    private static NodeState WatchConnection(in NodeState state, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        if (IsCutOff(state, options))
        {
            return FenceOff(state, now, ref actions);
        }

        // Of two that hear each other over the overlay but not over the VLANs, the one that still hears machines there is connected.
        bool isDeaf = state is { Role: BridgeRole.Active, Vlan: BridgePathState.Down, Overlay: BridgePathState.Up, HearsVlan: false }
            && (state.Peer.Flags & MacSyncFlags.HearsVlan) != 0 && state.PeerHeard > state.VlanLostAt;
        return isDeaf ? Drain(state, FailoverCause.CutOff, now, ref actions) : state;
    }
}
