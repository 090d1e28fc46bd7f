using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// The state machine of a node, a pure function: state, event and time in, next state and what is to be done out.
/// </summary>
/// <remarks>
/// Two nodes that both forward are told apart by (epoch, priority, node): who was promoted last has told the hosts last. A path
/// that fails alone changes nothing; a node that cannot tell a dead peer from a cut wire would make a loop.
/// </remarks>
internal static partial class NodeRules
{
    /// <summary>Time between two requests for the other node's place.</summary>
    public static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(1);

    /// <summary>Time that the other node gets to acknowledge the table, and then to take over.</summary>
    public static readonly TimeSpan HandoverPatience = TimeSpan.FromSeconds(1);

    /// <summary>Time that a node which slept waits for the other's answer.</summary>
    public static readonly TimeSpan WakePatience = TimeSpan.FromMilliseconds(250);

    /// <summary>Age beyond which the other node's word counts for nothing, in digest intervals.</summary>
    private const int FreshDigests = 3;

    public static NodeState Next(in NodeState state, in NodeEvent happened, BridgeNodeOptions options, Timestamp now, out NodeActions actions)
    {
        actions = NodeActions.None;
        switch (happened.Input)
        {
            case NodeInput.Enable:
                return state.Role == BridgeRole.Disabled ? Enter(state, BridgeRole.Init, FailoverCause.Configured, now) with { ActiveSeen = now } : state;
            case NodeInput.Disable:
                return Stop(state, BridgeRole.Disabled, FailoverCause.Configured, now, ref actions);
            case NodeInput.Path:
                return OnPath(state, happened, options, now, ref actions);
            case NodeInput.Port:
                return OnPort(state, happened.PortUp, now, ref actions);
            case NodeInput.Peer:
                return OnPeer(OnPeerSign(state, options, now, ref actions) with { PeerKnown = true, Peer = happened.Peer, PeerHeard = now }, happened.IsAnswer, options, now, ref actions);
            case NodeInput.PeerProbe:
                return OnPeerProbe(OnPeerSign(state, options, now, ref actions) with { ActiveSeen = now }, happened.ProbeEpoch, options, now, ref actions);
            case NodeInput.OwnProbe:
                return state.Forwards ? Stop(state, BridgeRole.Fenced, FailoverCause.Loop, now, ref actions) : state;
            case NodeInput.WokeUp:
                return OnWakeUp(state, happened.Gap, options, now, ref actions);
            case NodeInput.Drain:
                return Drain(state with { Drained = true }, FailoverCause.Operator, now, ref actions);
            case NodeInput.Activate:
                return Activate(state with { Drained = false }, options, now, ref actions);
            case NodeInput.FenceGranted:
                return state.Role == BridgeRole.Promoting ? TakeOver(state, options, now, ref actions) : state;
            case NodeInput.FenceLost:
                return state.Role is BridgeRole.Active or BridgeRole.Promoting or BridgeRole.Demoting
                    ? Stop(state, BridgeRole.Fenced, FailoverCause.FenceLost, now, ref actions) : state;
            case NodeInput.PeerSynced:
                return state is { Role: BridgeRole.Demoting, HandedOver: false } ? HandOver(state, now, ref actions) : state;
            case NodeInput.OverlayHeard:
                return OnOverlayHeard(state, options, now, ref actions);
            case NodeInput.PeerSign:
                return OnPeerSign(state, options, now, ref actions);
            case NodeInput.VlanHeard:
                return OnVlanHeard(state, now, ref actions);
            case NodeInput.Suspicion:
                return OnSuspicion(state, now, ref actions);
            case NodeInput.Announced:
                return state.Role == BridgeRole.Promoting ? Enter(state, BridgeRole.Active, state.Cause, now) : state;
            default:
                return OnTick(Clear(state, options, now, ref actions), options, now, ref actions);
        }
    }

    /// <summary>Whether the other node outranks this one where both forward or both would.</summary>
    public static bool PeerOutranks(in NodeState state, BridgeNodeOptions options) =>
        (state.Peer.Epoch, state.Peer.Priority, state.Peer.Node).CompareTo((state.Epoch, options.Priority, options.Node)) > 0;

    private static NodeState Enter(in NodeState state, BridgeRole role, FailoverCause cause, Timestamp now) =>
        state with { Role = role, Cause = cause, Since = now, HandedOver = false, Contested = false, InSync = false };

    private static NodeState Stop(in NodeState state, BridgeRole role, FailoverCause cause, Timestamp now, ref NodeActions actions)
    {
        if (state.Role == role)
        {
            return state;
        }

        actions |= NodeActions.Hush | NodeActions.TellState;
        if (state.Role is BridgeRole.Active or BridgeRole.Promoting or BridgeRole.Demoting or BridgeRole.Fenced && role is BridgeRole.Standby or BridgeRole.Disabled)
        {
            // What was behind our port is now behind the other node's tunnel.
            actions |= NodeActions.FlushPort;
        }

        return Enter(state, role, cause, now) with { ActiveSeen = now };
    }

    private static NodeState Promote(in NodeState state, FailoverCause cause, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        uint epoch = Math.Max(state.Epoch, state.PeerKnown ? state.Peer.Epoch : 0) + 1;
        NodeState next = Enter(state, BridgeRole.Promoting, cause, now) with { Epoch = epoch };
        if (options.NeedsFence)
        {
            actions |= NodeActions.AskFence;
            return next;
        }

        return TakeOver(next, options, now, ref actions);
    }

    private static NodeState TakeOver(in NodeState state, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        actions |= NodeActions.FlushHosts | NodeActions.Install | NodeActions.TellState | NodeActions.Announce;
        return options.Order == AnnouncementOrder.ForwardThenAnnounce ? Enter(state, BridgeRole.Active, state.Cause, now) : state;
    }

    private static NodeState BecomeStandby(in NodeState state, FailoverCause cause, Timestamp now, ref NodeActions actions)
    {
        NodeState next = Stop(state, BridgeRole.Standby, cause, now, ref actions);
        actions |= NodeActions.RequestFull;
        return next;
    }

    private static NodeState OnPath(in NodeState state, in NodeEvent happened, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        BridgePathState before = happened.Path == BridgePath.Overlay ? state.Overlay : state.Vlan;
        NodeState next = happened.Path == BridgePath.Overlay ? state with { Overlay = happened.PathState } : state with { Vlan = happened.PathState };
        if (happened.PathState is BridgePathState.Down or BridgePathState.AdminDown)
        {
            next = next with { PathLostAt = now, VlanLostAt = happened.Path == BridgePath.Vlan ? now : next.VlanLostAt };
        }

        if (before != BridgePathState.Up && happened.PathState == BridgePathState.Up)
        {
            // Who is there now should know at once who we are, or two nodes that start together wait for each other.
            actions |= NodeActions.TellState;
        }

        if (before is BridgePathState.Down or BridgePathState.AdminDown && happened.PathState == BridgePathState.Up)
        {
            // What was announced while the path was cut may not have arrived.
            actions |= state.Role == BridgeRole.Active ? NodeActions.Announce | NodeActions.FlushHosts : NodeActions.None;
        }

        return OnTick(next, options, now, ref actions);
    }

    private static NodeState OnPort(in NodeState state, bool up, Timestamp now, ref NodeActions actions)
    {
        NodeState next = state with { PortUp = up };
        if (up && !state.PortUp && state.Role == BridgeRole.Standby)
        {
            // What the paths say dates from the time when they were cut here: listen as after a start.
            return Enter(next, BridgeRole.Init, FailoverCause.Configured, now) with { ActiveSeen = now };
        }

        bool holdsRole = state.Role is BridgeRole.Active or BridgeRole.Promoting or BridgeRole.Demoting || state is { Role: BridgeRole.Fenced, Cause: FailoverCause.CutOff };
        return !up && holdsRole
            ? Stop(next, BridgeRole.Standby, FailoverCause.PortDown, now, ref actions)
            : next;
    }

    private static NodeState OnPeer(in NodeState state, bool isAnswer, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        NodeState next = Promise(CatchUp(state.PeerActive ? state with { ActiveSeen = now } : state), options, now);
        switch (state.Role)
        {
            case BridgeRole.Init when next.PeerActive:
                return BecomeStandby(next, FailoverCause.PeerActive, now, ref actions);
            case BridgeRole.Fenced when next.PeerActive && next.Cause != FailoverCause.Loop:
                return BecomeStandby(next, FailoverCause.PeerActive, now, ref actions);
            case BridgeRole.Fenced when isAnswer && MayGoOn(next) && next.PortUp && !next.IsClearing:
                return OnAnswer(next, options, now, ref actions);
            case BridgeRole.Standby when (next.Peer.Flags & MacSyncFlags.Drain) != 0 && !next.PeerActive && next.PortUp && IsAwake(next, now):
                return Promote(next, FailoverCause.PeerDrained, options, now, ref actions);
            case BridgeRole.Init or BridgeRole.Standby when isAnswer && MaySettle(next, options, now):
                return Promote(next, next.Role == BridgeRole.Init ? FailoverCause.Elected : FailoverCause.NoActive, options, now, ref actions);
            case BridgeRole.Demoting when next.HandedOver && next.PeerActive:
                return BecomeStandby(next, next.Cause, now, ref actions);
            case BridgeRole.Promoting or BridgeRole.Active or BridgeRole.Demoting when next.PeerActive:
                if (PeerOutranks(next, options))
                {
                    return BecomeStandby(next, FailoverCause.Outranked, now, ref actions);
                }

                actions |= NodeActions.TellState;
                return next with { Contested = true };
            case BridgeRole.Active when next.Contested:
                actions |= NodeActions.Announce | NodeActions.FlushHosts;
                return next with { Contested = false };
            case BridgeRole.Active when (next.Peer.Flags & MacSyncFlags.Preempt) != 0:
                return Drain(next, FailoverCause.Preempted, now, ref actions);
            default:
                return next;
        }
    }

    private static NodeState OnPeerProbe(in NodeState state, uint epoch, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        if (!state.Forwards)
        {
            return state;
        }

        // Both forward. The one that has to go goes now; whether for good its rival's next message says.
        actions |= NodeActions.TellState;
        return PeerOutranks(state with { Peer = state.Peer with { Epoch = epoch } }, options)
            ? Stop(state, BridgeRole.Fenced, FailoverCause.Outranked, now, ref actions)
            : state with { Contested = true };
    }

    private static NodeState OnWakeUp(in NodeState state, TimeSpan gap, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        // While we slept nobody could tell us anything, so silence proves nothing.
        NodeState next = state with { WokeAt = now, ActiveSeen = now, IsClearing = true };
        actions |= NodeActions.Query;
        if (state.Role == BridgeRole.Init)
        {
            // Who slept has not listened.
            return next with { Since = now };
        }

        if (state.Role is not (BridgeRole.Active or BridgeRole.Promoting or BridgeRole.Demoting))
        {
            return next;
        }

        bool wasAlone = state.Overlay != BridgePathState.Up && state.Vlan != BridgePathState.Up;
        if (wasAlone && gap < options.InitHold && gap < options.MaxGap * AnswerGaps)
        {
            // The other node was away, and one that came back meanwhile is still listening or asking.
            return next;
        }

        return Stop(next, BridgeRole.Fenced, FailoverCause.WokeUp, now, ref actions);
    }

    private static NodeState Drain(in NodeState state, FailoverCause cause, Timestamp now, ref NodeActions actions)
    {
        if (state.Role != BridgeRole.Active)
        {
            return state;
        }

        actions |= NodeActions.SendFull;
        return Enter(state, BridgeRole.Demoting, cause, now);
    }

    private static NodeState HandOver(in NodeState state, Timestamp now, ref NodeActions actions)
    {
        actions |= NodeActions.TellState | NodeActions.Hush;
        return state with { HandedOver = true, Since = now };
    }

    private static NodeState Activate(in NodeState state, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        if (state.Role is not (BridgeRole.Standby or BridgeRole.Init or BridgeRole.Fenced))
        {
            return state;
        }

        if (state.PeerActive && IsFresh(state, options, now))
        {
            actions |= NodeActions.AskPreempt;
            return state with { AskedAt = now };
        }

        return Promote(state, FailoverCause.Operator, options, now, ref actions);
    }

    private static bool IsFresh(in NodeState state, BridgeNodeOptions options, Timestamp now) =>
        state.PeerKnown && now - state.PeerHeard < options.DigestInterval * FreshDigests;

    private static NodeState OnTick(in NodeState state, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        TimeSpan elapsed = now - state.Since;
        switch (state.Role)
        {
            case BridgeRole.Init when elapsed >= options.InitHold && MayBegin(state, options, now):
                return Elect(state, options, now, ref actions);
            case BridgeRole.Standby when state.PortUp && options.Preemption != PreemptionMode.Manual:
                return WatchActive(state, options, now, elapsed, ref actions);
            case BridgeRole.Active or BridgeRole.Promoting:
                return WatchConnection(state, options, now, ref actions);
            case BridgeRole.Demoting when state.Forwards && IsCutOff(state, options):
                return FenceOff(state, now, ref actions);
            case BridgeRole.Demoting when elapsed >= HandoverPatience:
                if (!state.HandedOver && IsFresh(state, options, now))
                {
                    return HandOver(state, now, ref actions);
                }

                actions |= NodeActions.TellState | NodeActions.Announce;
                return Enter(state, BridgeRole.Active, FailoverCause.HandoverRefused, now) with { Drained = false };
            case BridgeRole.Fenced:
                return WatchFence(state, options, now, elapsed, ref actions);
            default:
                return state;
        }
    }

    private static bool IsAwake(in NodeState state, Timestamp now) => state.WokeAt == Timestamp.Zero || now - state.WokeAt >= WakePatience;

    /// <summary>
    /// What waited at the ports of a node that slept may have been forwarded by the other one: it has to go first. Who is overrun all the time
    /// gets over it with the patience of a sleeper. What was answered meanwhile is asked again.
    /// </summary>
    private static NodeState Clear(in NodeState state, BridgeNodeOptions options, Timestamp now, ref NodeActions actions)
    {
        if (!state.IsClearing || (!IsAwake(state, now) && (state.HasBacklog || now - state.WokeAt < options.MaxGap / 4)))
        {
            return state;
        }

        actions |= NodeActions.Query;
        return state with { IsClearing = false };
    }

    private static NodeState WatchActive(in NodeState state, BridgeNodeOptions options, Timestamp now, TimeSpan elapsed, ref NodeActions actions)
    {
        if (!MayBegin(state, options, now))
        {
            // Perhaps it is not the other node that is gone.
            return state;
        }

        // Who was heard since the paths were lost is alive: after a pause of either process the paths need time to come back.
        bool isSilent = !state.PeerKnown || state.PeerHeard <= state.PathLostAt;
        if (state.AllPathsDown && isSilent)
        {
            return Promote(state, state.PeerAdminDown ? FailoverCause.PeerDrained : FailoverCause.PeerDown, options, now, ref actions);
        }

        // Of two that wait for each other the preferred one goes first.
        bool preferred = !IsFresh(state, options, now) || IsPreferred(state, options);
        if (now - state.ActiveSeen >= options.OrphanHold * (preferred ? 1 : 2))
        {
            return Promote(state, FailoverCause.NoActive, options, now, ref actions);
        }

        bool mayPreempt = options.Preemption == PreemptionMode.Preemptive && !state.Drained && state is { InSync: true, PeerActive: true, Vlan: not BridgePathState.Down }
            && options.Priority > state.Peer.Priority && elapsed >= options.PreemptHold && now - state.AskedAt >= AskInterval;
        if (mayPreempt)
        {
            actions |= NodeActions.AskPreempt;
            return state with { AskedAt = now };
        }

        return state;
    }

    private static NodeState WatchFence(in NodeState state, BridgeNodeOptions options, Timestamp now, TimeSpan elapsed, ref NodeActions actions)
    {
        switch (state.Cause)
        {
            case FailoverCause.CutOff when state.PortUp && elapsed >= options.MaxGap * AnswerGaps && MayBegin(state, options, now):
                return GoOn(state, FailoverCause.Alone, now, ref actions);
            case FailoverCause.WokeUp when elapsed >= WakePatience:
            // No answer: whether somebody forwards is found out as after a start.
            case FailoverCause.Loop or FailoverCause.Outranked or FailoverCause.FenceLost when elapsed >= options.LoopHold:
                actions |= NodeActions.Query;
                return Enter(state, BridgeRole.Init, state.Cause, now) with { ActiveSeen = now };
            default:
                return state;
        }
    }
}
