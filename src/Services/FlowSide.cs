using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Flows.Tables;
using Weft.Packets;

namespace Weft.Services;

/// <summary>The flows of one address family: keys, records, state of all services, timers, and which have changed since they were exported.</summary>
internal sealed unsafe class FlowSide<TKey, TKind> : IDisposable
    where TKey : unmanaged
    where TKind : struct, IKeyKind<TKey>
{
    private static readonly TimeSpan TimerResolution = TimeSpan.FromMilliseconds(100);

    private readonly SessionTable<TKey, FlowRecord> _table;
    private readonly NativeBlock _states;
    private readonly NativeBlock _scratch;
    private readonly TimerWheel _timers;
    private readonly FlowHandle[] _byIndex;
    private readonly ulong[] _dirty;
    private readonly int _stride;
    private readonly int[] _due = new int[64];

    public FlowSide(int capacity, int stride, HashSeed seed, Timestamp start)
    {
        _table = new SessionTable<TKey, FlowRecord>(new FlowTableOptions { Capacity = capacity, Seed = seed });
        _stride = stride;
        _states = new NativeBlock((nuint)_table.Capacity * (nuint)stride, hugePages: true);
        _scratch = new NativeBlock((nuint)stride, hugePages: false);
        _timers = new TimerWheel(new TimerWheelOptions { Capacity = _table.Capacity, Resolution = TimerResolution, Start = start });
        _byIndex = new FlowHandle[_table.Capacity];
        _dirty = new ulong[(_table.Capacity + 63) / 64];
    }

    public int Count => _table.Count;

    public int Capacity => _table.Capacity;

    public long MemoryBytes => _table.MemoryBytes + (long)_states.Bytes;

    /// <summary>Flows that others opened and the machine has not answered.</summary>
    public int HalfOpen { get; private set; }

    /// <summary>Where the state of a flow is while it is not known yet whether there will be one.</summary>
    public byte* Scratch => _scratch.Start;

    public Timestamp NextWork => _timers.NextWork;

    public ref FlowRecord this[FlowHandle handle] => ref _table[handle];

    /// <summary>A flow's record and both its keys, by one look.</summary>
    public ref FlowRecord Get(FlowHandle handle, out TKey forward, out TKey reverse) => ref _table.Get(handle, out forward, out reverse);

    public FlowHandle Find(in TKey key) => _table.Find(in key);

    public void Find(ReadOnlySpan<TKey> keys, Span<FlowHandle> handles) => _table.Find(keys, handles);

    public bool IsLive(FlowHandle handle) => _table.IsLive(handle);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* StateOf(FlowHandle handle) => _states.Start + ((long)handle.Index * _stride);

    public ref readonly TKey ForwardKeyOf(FlowHandle handle) => ref _table.ForwardKeyOf(handle);

    public ref readonly TKey ReverseKeyOf(FlowHandle handle) => ref _table.ReverseKeyOf(handle);

    public bool HasReverse(FlowHandle handle, in TKey key) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in _table.ReverseKeyOf(handle))).SequenceEqual(
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)));

    /// <summary>Whether a flow has two keys, one behind the other in these bytes.</summary>
    public bool HasKeys(FlowHandle handle, ReadOnlySpan<byte> keys) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in _table.ForwardKeyOf(handle))).SequenceEqual(keys[..sizeof(TKey)])
        && System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in _table.ReverseKeyOf(handle))).SequenceEqual(keys[sizeof(TKey)..]);

    /// <summary>Replaces what is remembered of a flow beside the services' state.</summary>
    public void Update(FlowHandle handle, in FlowRecord record, Timestamp now, FlowTimeouts timeouts)
    {
        ref FlowRecord flow = ref _table[handle];
        HalfOpen += (IsHalfOpen(record.Flags) ? 1 : 0) - (IsHalfOpen(flow.Flags) ? 1 : 0);
        flow = record;
        Timestamp deadline = now + TimeSpan.FromMilliseconds(timeouts.MillisecondsOf(record));
        if (deadline < _timers.DeadlineOf(handle.Index))
        {
            // A timer that fires too early looks again; only one that fires too late would matter.
            _timers.Arm(handle.Index, deadline);
        }

        MarkDirty(handle);
    }

    /// <summary>Forgets all flows at once: a machine that has moved holds nobody up while what it left is tidied away.</summary>
    public void Clear()
    {
        _table.Clear();
        _timers.Clear();
        _dirty.AsSpan().Clear();
        HalfOpen = 0;
    }

    public void ClearScratch() => new Span<byte>(_scratch.Start, _stride).Clear();

    /// <summary>Remembers a flow whose first packet has gone through, with the state in <see cref="Scratch"/>.</summary>
    public FlowAddResult Begin(in TKey forward, in TKey reverse, in FlowRecord record, Timestamp now, FlowTimeouts timeouts, out FlowHandle handle)
    {
        FlowAddResult result = _table.Add(in forward, in reverse, out handle);
        if (result != FlowAddResult.Added)
        {
            return result;
        }

        _table[handle] = record;
        HalfOpen += IsHalfOpen(record.Flags) ? 1 : 0;
        new ReadOnlySpan<byte>(_scratch.Start, _stride).CopyTo(new Span<byte>(StateOf(handle), _stride));
        _byIndex[handle.Index] = handle;
        _timers.Arm(handle.Index, now + TimeSpan.FromMilliseconds(timeouts.MillisecondsOf(record)));
        MarkDirty(handle);
        return result;
    }

    /// <summary>Gives a flow another second key, as a new flow with the state of the old one.</summary>
    public FlowAddResult Rekey(ref FlowHandle handle, in TKey reverse, Timestamp now, FlowTimeouts timeouts)
    {
        TKey forward = _table.ForwardKeyOf(handle);
        FlowRecord record = _table[handle];
        new ReadOnlySpan<byte>(StateOf(handle), _stride).CopyTo(new Span<byte>(_scratch.Start, _stride));
        Remove(handle);
        return Begin(in forward, in reverse, in record, now, timeouts, out handle);
    }

    /// <summary>Notes that the machine, or whoever it asked, has answered.</summary>
    public void Establish(ref FlowRecord flow)
    {
        HalfOpen -= IsHalfOpen(flow.Flags) ? 1 : 0;
        flow.Flags |= FlowFlags.Established;
    }

    /// <summary>Has the timer of a flow that now ends sooner look at it again.</summary>
    public void Hurry(FlowHandle handle, Timestamp deadline) => _timers.Arm(handle.Index, deadline);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MarkDirty(FlowHandle handle) => _dirty[handle.Index >> 6] |= 1UL << handle.Index;

    /// <summary>Forgets a flow. Its state stays readable until the next flow begins.</summary>
    public void Remove(FlowHandle handle)
    {
        HalfOpen -= IsHalfOpen(_table[handle].Flags) ? 1 : 0;
        _ = _timers.Cancel(handle.Index);
        MarkDirty(handle);
        _ = _table.Remove(handle);
    }

    /// <summary>Looks at flows whose timers are due; those that were silent long enough are handed to <paramref name="ended"/> and forgotten.</summary>
    public int Advance<TEnded>(Timestamp now, FlowTimeouts timeouts, int budget, ref TEnded ended)
        where TEnded : struct, IFlowEnd
    {
        int expired = 0;
        do
        {
            int chunk = Math.Min(budget, _due.Length);
            int due = _timers.Advance(now, _due, chunk);
            budget -= chunk;
            for (int i = 0; i < due; i++)
            {
                expired += LookAt(_due[i], now, timeouts, ref ended) ? 1 : 0;
            }
        }
        while (budget > 0 && _timers.NextWork <= now);
        return expired;
    }

    /// <summary>Forgets a flow that was silent long enough; true if it was.</summary>
    private bool LookAt<TEnded>(int place, Timestamp now, FlowTimeouts timeouts, ref TEnded ended)
        where TEnded : struct, IFlowEnd
    {
        FlowHandle handle = _byIndex[place];
        ref FlowRecord flow = ref _table[handle];
        long silent = (uint)(Milliseconds(now) - flow.LastSeen);
        long left = timeouts.MillisecondsOf(flow) - silent;
        if (left > 0)
        {
            _timers.Arm(place, now + TimeSpan.FromMilliseconds(left));
            return false;
        }

        ended.End(StateOf(handle));
        Remove(handle);
        return true;
    }

    /// <summary>Goes round the flows in slices; see <see cref="SessionTable{TKey, TValue}.Slice"/>.</summary>
    public int Slice(ref int cursor, Span<FlowHandle> handles) => _table.Slice(ref cursor, handles);

    /// <summary>The next place at or behind <paramref name="from"/> that changed since it was asked for last; -1 if there is none.</summary>
    public int TakeDirty(int from)
    {
        for (int word = from >> 6; word < _dirty.Length; word++)
        {
            ulong bits = word == from >> 6 ? _dirty[word] & (ulong.MaxValue << from) : _dirty[word];
            if (bits != 0)
            {
                int place = (word << 6) + System.Numerics.BitOperations.TrailingZeroCount(bits);
                _dirty[word] &= ~(1UL << place);
                // The next but one is fetched meanwhile, and the next was while the one before was asked for.
                bits &= bits - 1;
                bits = (bits & (bits - 1)) is 0 ? bits : bits & (bits - 1);
                if (bits != 0)
                {
                    Prefetch((word << 6) + System.Numerics.BitOperations.TrailingZeroCount(bits));
                }

                return place;
            }
        }

        return -1;
    }

    /// <summary>Brings record, keys and state near; with the lines of a place fetched one by one, export took half as long again.</summary>
    private void Prefetch(int place)
    {
        _table.Prefetch(place);
        if (System.Runtime.Intrinsics.X86.Sse.IsSupported)
        {
            byte* state = _states.Start + ((long)place * _stride);
            System.Runtime.Intrinsics.X86.Sse.Prefetch0(state);
            System.Runtime.Intrinsics.X86.Sse.Prefetch0(state + 64);
        }
    }

    /// <summary>Places that changed since they were asked for last.</summary>
    public int DirtyCount
    {
        get
        {
            int count = 0;
            foreach (ulong word in _dirty)
            {
                count += System.Numerics.BitOperations.PopCount(word);
            }

            return count;
        }
    }

    /// <summary>The flow at a place, if one lives there.</summary>
    public bool TryAt(int place, out FlowHandle handle)
    {
        handle = _byIndex[place];
        return _table.IsLive(handle);
    }

    public static uint Milliseconds(Timestamp now) => (uint)(now.Nanoseconds / 1_000_000);

    public void Dispose()
    {
        _table.Dispose();
        _states.Dispose();
        _scratch.Dispose();
    }

    private static bool IsHalfOpen(FlowFlags flags) => (flags & (FlowFlags.FromOutside | FlowFlags.Established)) == FlowFlags.FromOutside;
}

/// <summary>Told of flows that end.</summary>
internal unsafe interface IFlowEnd
{
    void End(byte* state);
}
