using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Lb;

/// <summary>The flows of one IP version, by the key of their packets from client to server.</summary>
internal sealed class RecordStore<TKey> : IDisposable
    where TKey : unmanaged
{
    /// <summary>Places looked at for one that can make room: the bound of the work for a flow that finds none.</summary>
    private const int RoomSteps = 64;

    /// <summary>Room for every <see cref="FlowStage"/>, a power of two.</summary>
    private const int Stages = 8;

    private readonly FlowTable<TKey, ReturnRecord> _flows;
    private readonly LbDirectory _members;
    private readonly ReturnPathOptions _options;
    private readonly KeyedHash _hash;
    private readonly FlowHandle[] _slice = new FlowHandle[RoomSteps];

    /// <summary>Seconds that a flow of each stage may be idle.</summary>
    private readonly uint[] _patience = new uint[Stages];
    private int _roomCursor;
    private int _ageCursor;

    public RecordStore(int capacity, LbDirectory members, ReturnPathOptions options)
    {
        _flows = new FlowTable<TKey, ReturnRecord>(new FlowTableOptions { Capacity = capacity, Seed = options.Seed });
        _members = members;
        _options = options;
        _hash = new KeyedHash(options.Seed);
        for (int stage = 0; stage < Stages; stage++)
        {
            TimeSpan idle = (FlowStage)stage switch
            {
                FlowStage.Datagrams => options.Other,
                FlowStage.Opening or FlowStage.Closed => options.TcpTransitory,
                _ => options.TcpEstablished,
            };
            _patience[stage] = (uint)Math.Ceiling(idle.TotalSeconds);
        }
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

    /// <summary>
    /// The load balancer of a reply whose TCP flags are not followed, if all is as usual: the flow alive, its load balancer a member.
    /// </summary>
    /// <returns>False if it takes more than a look.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryResolveKnown(FlowHandle handle, uint seconds, out LbId lb)
    {
        // An earlier reply of the batch may have found the same flow idle and removed it.
        if (!_flows.IsLive(handle))
        {
            lb = LbId.None;
            return handle.IsNone;
        }

        ref ReturnRecord record = ref _flows[handle];
        lb = record.Lb;
        if (IsIdle(in record, seconds) || !_members.IsMember(lb))
        {
            return false;
        }

        record.Set(record.Stage, seconds);
        return true;
    }

    /// <summary>Takes a flow of a snapshot.</summary>
    /// <returns>False if it is known already, or there is no room.</returns>
    public bool TryRestore(in TKey key, LbId lb, FlowStage stage, uint seconds)
    {
        if (!_members.IsMember(lb) || _members.Flows(lb) >= _options.FlowsPerLb || _flows.Add(in key, out FlowHandle handle) != FlowAddResult.Added)
        {
            return false;
        }

        ref ReturnRecord record = ref _flows[handle];
        record.Lb = lb;
        record.Set(stage, seconds);
        _members.Flows(lb)++;
        return true;
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

    public bool IsIdle(in ReturnRecord record, uint seconds) => record.IdleAt(seconds) >= _patience[(int)record.Stage & (Stages - 1)];

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
