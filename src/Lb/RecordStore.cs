using Weft.Flows;
using Weft.Packets;

namespace Weft.Lb;

/// <summary>The flows of one IP version, by the key of their packets from client to server.</summary>
internal sealed class RecordStore<TKey> : IDisposable
    where TKey : unmanaged
{
    /// <summary>Places looked at for one that can make room: the bound of the work for a flow that finds none.</summary>
    private const int RoomSteps = 64;

    private readonly FlowTable<TKey, ReturnRecord> _flows;
    private readonly LbDirectory _members;
    private readonly ReturnPathOptions _options;
    private readonly KeyedHash _hash;
    private readonly FlowHandle[] _slice = new FlowHandle[RoomSteps];
    private readonly uint _establishedSeconds;
    private readonly uint _transitorySeconds;
    private readonly uint _otherSeconds;
    private int _roomCursor;
    private int _ageCursor;

    public RecordStore(int capacity, LbDirectory members, ReturnPathOptions options)
    {
        _flows = new FlowTable<TKey, ReturnRecord>(new FlowTableOptions { Capacity = capacity, Seed = options.Seed });
        _members = members;
        _options = options;
        _hash = new KeyedHash(options.Seed);
        _establishedSeconds = (uint)Math.Ceiling(options.TcpEstablished.TotalSeconds);
        _transitorySeconds = (uint)Math.Ceiling(options.TcpTransitory.TotalSeconds);
        _otherSeconds = (uint)Math.Ceiling(options.Other.TotalSeconds);
    }

    public int Count => _flows.Count;

    public int Capacity => _flows.Capacity;

    public long MemoryBytes => _flows.MemoryBytes;

    public FlowTable<TKey, ReturnRecord> Flows => _flows;

    public ForwardVerdict Observe(in TKey key, LbId from, bool isTcp, TcpFlags flags, uint seconds, ref ReturnPathCounters counters)
    {
        FlowHandle handle = _flows.Find(in key);
        bool syn = isTcp && (flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Syn;
        if (handle.IsNone)
        {
            return Learn(in key, from, isTcp ? (syn ? FlowStage.Opening : FlowStage.Established) : FlowStage.Datagrams, seconds, ref counters);
        }

        ref ReturnRecord record = ref _flows[handle];
        bool over = IsIdle(in record, seconds) || !_members.IsMember(record.Lb) || (syn && record.Stage == FlowStage.Closed);
        FlowStage stage = over && isTcp ? (syn ? FlowStage.Opening : FlowStage.Established) : Next(record.Stage, flags, fromClient: true);
        if (record.Lb == from)
        {
            record.Set(stage, seconds);
            return ForwardVerdict.Refreshed;
        }

        bool moves = over || _options.Policy == RebindPolicy.FollowForward || (_options.Policy == RebindPolicy.FollowSyn && syn);
        if (!moves)
        {
            counters.Conflicts++;
            return ForwardVerdict.Conflict;
        }

        if (!TryMove(ref record, from, ref counters))
        {
            return ForwardVerdict.Refused;
        }

        record.Set(syn ? FlowStage.Opening : stage, seconds);
        counters.Moved++;
        return ForwardVerdict.Moved;
    }

    /// <summary>The load balancer of a reply, by the key of its flow's forward direction.</summary>
    public LbId Resolve(FlowHandle handle, bool isTcp, TcpFlags flags, bool refresh, uint seconds, ref ReturnPathCounters counters)
    {
        if (handle.IsNone)
        {
            return LbId.None;
        }

        ref ReturnRecord record = ref _flows[handle];
        if (IsIdle(in record, seconds))
        {
            Remove(handle);
            counters.Aged++;
            return LbId.None;
        }

        if (!_members.IsMember(record.Lb))
        {
            LbId survivor = _options.TakeOver ? _members.Survivor(_hash.Hash(in _flows.KeyOf(handle))) : LbId.None;
            if (survivor.IsNone)
            {
                return LbId.None;
            }

            record.Lb = survivor;
            _members.Flows(survivor)++;
            counters.TakenOver++;
        }

        if (refresh)
        {
            record.Set(isTcp ? Next(record.Stage, flags, fromClient: false) : record.Stage, seconds);
        }

        return record.Lb;
    }

    /// <summary>Forgets idle flows among the next places.</summary>
    public int Age(Span<FlowHandle> slice, uint seconds, ref ReturnPathCounters counters)
    {
        int live = _flows.Slice(ref _ageCursor, slice);
        int aged = 0;
        foreach (FlowHandle handle in slice[..live])
        {
            ref ReturnRecord record = ref _flows[handle];
            if (IsIdle(in record, seconds) || (!_options.TakeOver && !_members.IsMember(record.Lb)))
            {
                Remove(handle);
                aged++;
            }
        }

        counters.Aged += aged;
        return aged;
    }

    /// <summary>Forgets every flow of a place whose generations have all been used, so that none is mistaken.</summary>
    public void ForgetPlace(int place)
    {
        int cursor = 0;
        do
        {
            int live = _flows.Slice(ref cursor, _slice);
            foreach (FlowHandle handle in _slice.AsSpan(0, live))
            {
                if (_flows[handle].Lb.Index == place)
                {
                    _ = _flows.Remove(handle);
                }
            }
        }
        while (cursor != 0);
    }

    public void Dispose() => _flows.Dispose();

    private ForwardVerdict Learn(in TKey key, LbId from, FlowStage stage, uint seconds, ref ReturnPathCounters counters)
    {
        if (_members.Flows(from) >= _options.FlowsPerLb && !TryMakeRoom(from, seconds, ref counters))
        {
            counters.RefusedQuota++;
            return ForwardVerdict.Refused;
        }

        if (_flows.Count == _flows.Capacity && !TryMakeRoom(LbId.None, seconds, ref counters))
        {
            counters.RefusedFull++;
            return ForwardVerdict.Refused;
        }

        if (_flows.Add(in key, out FlowHandle handle) != FlowAddResult.Added)
        {
            counters.RefusedFull++;
            return ForwardVerdict.Refused;
        }

        ref ReturnRecord record = ref _flows[handle];
        record.Lb = from;
        record.Set(stage, seconds);
        _members.Flows(from)++;
        counters.Learned++;
        return ForwardVerdict.Learned;
    }

    /// <summary>Looks round for a flow that can go: idle, of a member that is gone, or not yet established.</summary>
    private bool TryMakeRoom(LbId of, uint seconds, ref ReturnPathCounters counters)
    {
        int live = _flows.Slice(ref _roomCursor, _slice);
        foreach (FlowHandle handle in _slice.AsSpan(0, live))
        {
            ref ReturnRecord record = ref _flows[handle];
            bool gone = IsIdle(in record, seconds) || !_members.IsMember(record.Lb);
            if ((of.IsNone || record.Lb == of) && (gone || record.Stage is FlowStage.Opening or FlowStage.Closed))
            {
                counters.Evicted += gone ? 0 : 1;
                counters.Aged += gone ? 1 : 0;
                Remove(handle);
                return true;
            }
        }

        return false;
    }

    private bool TryMove(ref ReturnRecord record, LbId to, ref ReturnPathCounters counters)
    {
        if (_members.Flows(to) >= _options.FlowsPerLb)
        {
            counters.RefusedQuota++;
            return false;
        }

        if (_members.IsMember(record.Lb))
        {
            _members.Flows(record.Lb)--;
        }

        _members.Flows(to)++;
        record.Lb = to;
        return true;
    }

    private void Remove(FlowHandle handle)
    {
        LbId owner = _flows[handle].Lb;
        if (_members.IsMember(owner))
        {
            _members.Flows(owner)--;
        }

        _ = _flows.Remove(handle);
    }

    private bool IsIdle(in ReturnRecord record, uint seconds)
    {
        uint limit = record.Stage switch
        {
            FlowStage.Datagrams => _otherSeconds,
            FlowStage.Opening or FlowStage.Closed => _transitorySeconds,
            _ => _establishedSeconds,
        };
        return seconds >= record.Seconds + limit;
    }

    private static FlowStage Next(FlowStage stage, TcpFlags flags, bool fromClient)
    {
        if (stage == FlowStage.Datagrams)
        {
            return stage;
        }

        if ((flags & TcpFlags.Rst) != 0)
        {
            return FlowStage.Closed;
        }

        bool fin = (flags & TcpFlags.Fin) != 0;
        return stage switch
        {
            FlowStage.Opening => fromClient && (flags & TcpFlags.Ack) == 0 ? stage : FlowStage.Established,
            FlowStage.Established when fin => fromClient ? FlowStage.ClientClosed : FlowStage.ServerClosed,
            FlowStage.ClientClosed when fin && !fromClient => FlowStage.Closed,
            FlowStage.ServerClosed when fin && fromClient => FlowStage.Closed,
            _ => stage,
        };
    }
}
