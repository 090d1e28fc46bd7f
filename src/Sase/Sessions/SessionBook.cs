using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Flows;
using Weft.Sase.Segments;

namespace Weft.Sase.Sessions;

/// <summary>
/// The sessions of a node's flows, and the records that wait to be taken. A flow becomes a session when its first packet passes, or goes on as the one that another
/// node told of, and each session that was started is ended exactly once. Records that find no room are counted; numbers go on.
/// </summary>
internal sealed class SessionBook
{
    private readonly SessionState[] _states;
    private readonly SpscRing<SessionRecord> _records;
    private readonly TokenBucket[] _blocked;
    private readonly int _mostBlocked;
    private readonly ulong _series;
    private readonly byte _node;
    private ulong _last;
    private Timestamp _now;

    public SessionBook(SessionLogOptions options, byte node, int flows, int segments, Timestamp start)
    {
        (_series, _node, _now) = (options.Series, node, start);
        _states = new SessionState[flows];
        _records = new SpscRing<SessionRecord>(options.Records);
        _mostBlocked = options.Records / 2;
        _blocked = new TokenBucket[segments];
        _blocked.AsSpan().Fill(new TokenBucket(options.BlockedPerSecond, options.BlockedPerSecond, start));
    }

    public long MemoryBytes => (long)_states.Length * Unsafe.SizeOf<SessionState>() + (long)_records.Capacity * Unsafe.SizeOf<SessionRecord>();

    /// <summary>Records that still find room.</summary>
    public int Room => _records.Capacity - _records.Count;

    public bool TryTake(out SessionRecord record) => _records.TryTake(out record);

    /// <summary>Notes the time, for ends that no packet causes.</summary>
    public void Advance(Timestamp now) => _now = now > _now ? now : _now;

    /// <summary>A flow has taken a place, and no packet of it has passed.</summary>
    public void Enter(FlowHandle flow, string? rule) => _states[flow.Index] = new SessionState { Rule = rule };

    /// <summary>The session that a flow is; none if it has not become one.</summary>
    public SessionId NameOf(FlowHandle flow) => IdOf(_states[flow.Index]);

    /// <summary>Another node has said what session a flow is. What goes on here already has its name.</summary>
    public void Name(FlowHandle flow, SessionId name)
    {
        ref SessionState state = ref _states[flow.Index];
        if (!state.IsOpen && !name.IsNone)
        {
            (state.Node, state.Series, state.Number) = (name.Node, name.Series, name.Number);
        }
    }

    /// <summary>A packet of a flow has passed: that begins its session, if it has none.</summary>
    public void Pass(FlowHandle flow, in FlowKey4 inner, in FlowKey4 outer, FlowBits bits, Segment segment, bool forward, int bytes, Timestamp now, ref ServiceNodeCounters counters)
    {
        Advance(now);
        ref SessionState state = ref _states[flow.Index];
        if (!state.IsOpen)
        {
            SessionReason reason = SessionReason.Policy;
            if (state.Rule is null)
            {
                // Only a flow that another node told of has a place here and no rule: that node has judged it.
                reason = SessionReason.TakenOver;
                bool fromUplink = (bits & FlowBits.FromUplink) != 0;
                state.Rule = segment.Policy.Allows(fromUplink ? inner.Reversed : inner, fromUplink, out int rule) ? NameOf(segment, rule) : null;
            }

            if (state.Number == 0)
            {
                (state.Node, state.Series, state.Number) = (_node, _series, ++_last);
            }

            (state.IsOpen, state.Began) = (true, _now);
            counters.SessionsStarted++;
            Add(RecordOf(SessionRecordKind.Started, reason, state, inner, outer, bits), ref counters);
        }

        if (forward)
        {
            state.PacketsForward++;
            state.BytesForward += bytes;
        }
        else
        {
            state.PacketsBackward++;
            state.BytesBackward += bytes;
        }
    }

    /// <summary>A rule has judged a living flow again.</summary>
    public void Judged(FlowHandle flow, string? rule)
    {
        ref SessionState state = ref _states[flow.Index];

        // One that was told of and has had no packet here stays without, so that its session will be one that was taken over.
        state.Rule = state.IsOpen || state.Rule is not null ? rule : null;
    }

    /// <summary>A session is over, if the flow has become one.</summary>
    /// <returns>False if it has not.</returns>
    public bool TryEnd(FlowHandle flow, SessionReason reason, in FlowKey4 inner, in FlowKey4 outer, FlowBits bits, ref ServiceNodeCounters counters)
    {
        ref SessionState state = ref _states[flow.Index];
        if (!state.IsOpen)
        {
            return false;
        }

        counters.SessionsEnded++;
        Add(RecordOf(SessionRecordKind.Ended, reason, state, inner, outer, bits), ref counters);
        // If the flow goes on, after a bundle has come back, that is the same session.
        state = new SessionState { Node = state.Node, Series = state.Series, Number = state.Number };
        return true;
    }

    /// <summary>A flow was not allowed to begin.</summary>
    public void Block(Segment segment, in FlowKey4 flow, bool fromUplink, SessionReason reason, string? rule, Timestamp now, ref ServiceNodeCounters counters)
    {
        Advance(now);
        counters.SessionsBlocked++;
        if (_records.Count >= _mostBlocked || !_blocked[segment.Slot].TryTake(_now, 1))
        {
            counters.SessionBlocksUnsaid++;
            return;
        }

        Add(new SessionRecord { Kind = SessionRecordKind.Blocked, Reason = reason, At = _now, Began = _now, Flow = flow, FromUplink = fromUplink, Rule = rule }, ref counters);
    }

    /// <summary>The name of a rule; null for the one behind the last.</summary>
    public static string? NameOf(Segment segment, int rule) => rule < segment.Policy.Rules.Count ? segment.Policy.Rules[rule].Name : null;

    private static SessionId IdOf(in SessionState state) => new(state.Node, state.Series, state.Number);

    private void Add(in SessionRecord record, ref ServiceNodeCounters counters) => counters.SessionRecordsLost += _records.TryAdd(record) ? 0 : 1;

    private SessionRecord RecordOf(SessionRecordKind kind, SessionReason reason, in SessionState state, in FlowKey4 inner, in FlowKey4 outer, FlowBits bits)
    {
        bool fromUplink = (bits & FlowBits.FromUplink) != 0;
        bool isTranslated = (bits & FlowBits.Translated) != 0;
        return new SessionRecord
        {
            Kind = kind,
            Reason = reason,
            Id = IdOf(state),
            At = _now,
            Began = state.Began,
            Flow = fromUplink ? inner.Reversed : inner,
            FromUplink = fromUplink,
            PublicAddress = isTranslated ? outer.Destination : default,
            PublicPort = isTranslated ? outer.DestinationPort : (ushort)0,
            Rule = state.Rule,
            PacketsForward = state.PacketsForward,
            BytesForward = state.BytesForward,
            PacketsBackward = state.PacketsBackward,
            BytesBackward = state.BytesBackward,
        };
    }
}
