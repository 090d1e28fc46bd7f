using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Flows;
using Weft.Sase.Segments;
using Weft.Sase.Sessions;

namespace Weft.Sase;

/// <summary>The log of tenants' sessions (MEF 117).</summary>
public sealed partial class ManagedServiceNode
{
    private volatile SessionBook? _sessions;

    /// <summary>Where the search for sessions of bundles that went to other nodes goes on; -1 if there is none.</summary>
    private int _sessionsHanded = -1;

    /// <summary>Where the search for sessions that end with the node goes on; -1 before <see cref="EndSessions"/> and when all are found.</summary>
    private int _sessionsStopped = -1;

    /// <summary>
    /// Takes the next record of <see cref="ServiceNodeOptions.Sessions"/>. Unlike everything else, one other thread may call it, before <see cref="EndSessions"/>.
    /// </summary>
    /// <returns>False if there is none.</returns>
    public bool TryTakeSession(out SessionRecord record)
    {
        record = default;
        SessionBook? sessions = _sessions;
        while (sessions is not null && !sessions.TryTake(out record))
        {
            if (_sessionsStopped < 0)
            {
                return false;
            }

            foreach (FlowHandle flow in NextSessions(ref _sessionsStopped))
            {
                _ = EndSession(flow, SessionReason.Stopped);
            }
        }

        return sessions is not null;
    }

    /// <summary>
    /// Begins to note sessions, or ends that: then what waits to be taken is gone, and ends of sessions that live are not noted. Flows that live become sessions with their
    /// next packet, as if they were taken over. Allocates.
    /// </summary>
    /// <param name="options">How, with a series of its own; null for not at all.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public void NoteSessions(SessionLogOptions? options)
    {
        options?.Validate();
        _sessions = options is null ? null : new SessionBook(options, _self, _options.Flows, _options.Segments, _lastAdvance);
        _sessionsHanded = -1;
    }

    /// <summary>True if sessions are noted.</summary>
    public bool NotesSessions => _sessions is not null;

    /// <summary>Has <see cref="TryTakeSession"/> end every session that lives, since the node stops. The node must not be used for anything else any more.</summary>
    public void EndSessions() => _sessionsStopped = _sessions is null ? -1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NotePass(FlowHandle handle, Segment segment, bool outbound, int bytes, Timestamp now)
    {
        if (_sessions is SessionBook sessions)
        {
            NotePass(sessions, handle, segment, outbound, bytes, now);
        }
    }

    private void NotePass(SessionBook sessions, FlowHandle handle, Segment segment, bool outbound, int bytes, Timestamp now)
    {
        ref FlowState flow = ref _flows.Get(handle, out FlowKey4 inner, out FlowKey4 outer);
        bool forward = outbound == ((flow.Bits & FlowBits.FromUplink) == 0);
        sessions.Pass(handle, inner, outer, flow.Bits, segment, forward, bytes, now, ref _counters);
    }

    private void NoteBlock(Segment segment, in FlowKey4 flow, bool fromUplink, int rule, Timestamp now) =>
        _sessions?.Block(segment, flow, fromUplink, SessionReason.Policy, SessionBook.NameOf(segment, rule), now, ref _counters);

    private bool EndSession(FlowHandle handle, SessionReason reason)
    {
        if (_sessions is null)
        {
            return false;
        }

        ref FlowState flow = ref _flows.Get(handle, out FlowKey4 inner, out FlowKey4 outer);
        return _sessions.TryEnd(handle, reason, inner, outer, flow.Bits, ref _counters);
    }

    /// <summary>A service refused the packet that began a flow: there never was a session.</summary>
    private void NoteRefusal(FlowHandle handle, Segment segment)
    {
        if (_sessions is not null)
        {
            ref FlowState flow = ref _flows.Get(handle, out FlowKey4 inner, out _);
            bool fromUplink = (flow.Bits & FlowBits.FromUplink) != 0;
            _sessions.Block(segment, fromUplink ? inner.Reversed : inner, fromUplink, SessionReason.Service, rule: null, _lastAdvance, ref _counters);
        }
    }

    /// <summary>Ends sessions of bundles that another node owns now, some at a time and as many as there is room to tell of.</summary>
    private void EndHandedSessions()
    {
        for (int i = 0; i < WalkBudget && _sessionsHanded >= 0 && _sessions!.Room >= WalkSlice; i++)
        {
            foreach (FlowHandle flow in NextSessions(ref _sessionsHanded))
            {
                if (_segments.At(_flows[flow].Slot) is Segment segment && _bundles[segment.Bundle].Role == BundleRole.Standby)
                {
                    _ = EndSession(flow, SessionReason.HandedOver);
                }
            }
        }
    }

    private ReadOnlySpan<FlowHandle> NextSessions(ref int cursor)
    {
        int count = _flows.Slice(ref cursor, _walked);
        cursor = cursor == 0 ? -1 : cursor;
        return _walked.AsSpan(0, count);
    }

    private static SessionReason ReasonOf(TcpState state) => state switch
    {
        TcpState.Closed => SessionReason.Closed,
        TcpState.Reset => SessionReason.Reset,
        _ => SessionReason.Idle,
    };
}
