using Weft.Flows;
using Weft.Flows.Tables;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Puts fragments of tunnelled frames together again, whatever their order, and holds its own against senders who lie.
/// </summary>
/// <remarks>
/// <para>A bitmap has one bit for every eight bytes of a frame, so a fragment costs the same whatever came before it: a hash, a range
/// of bits, one copy. An exact duplicate is tolerated; anything that overlaps otherwise discards the frame and leaves a
/// tombstone, so that fragments still under way cannot begin it anew.</para>
/// <para>A remote endpoint and a virtual network have a share of the places. When all places are taken, the oldest frame of the
/// endpoint with most of them gives way, but only to an endpoint that has fewer.</para>
/// <para>One thread uses a reassembler. All memory is allocated when it is made; buffers are used last-in first-out, so quiet
/// traffic stays in the cache.</para>
/// </remarks>
public sealed unsafe class TunnelReassembler : IDisposable
{
    private const int EthernetHeaderBytes = 14;
    private const int CacheLine = 64;

    /// <summary>Bytes of a frame that one word of its bitmap stands for.</summary>
    private const int BytesAWord = FragmentInfo.UnitBytes * 64;
    private const int None = -1;

    private readonly ReassemblyOptions _options;
    private readonly FlowTable<Key, int> _index;
    private readonly SourceLedger _ledger;
    private readonly Slot[] _slots;
    private readonly ulong[] _received;
    private readonly ulong[] _starts;
    private readonly int[] _freeSlots;
    private readonly int _words;
    private readonly int _stride;
    private readonly NativeBlock _memory;
    private byte* _buffers;
    private int _freeCount;
    private int _first = None;
    private int _last = None;
    private Key _recentKey;
    private int _recent = None;
    private ReassemblyCounters _counters;

    /// <summary>Allocates everything.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public TunnelReassembler(ReassemblyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        int slots = options.MaxDatagrams;
        _index = new FlowTable<Key, int>(new FlowTableOptions { Capacity = slots, Seed = options.Seed });
        _ledger = new SourceLedger(slots, options.MaxPerSource, options.Seed);
        _slots = new Slot[slots];
        _words = (options.MaxDatagramBytes + BytesAWord - 1) / BytesAWord;
        _received = new ulong[slots * _words];
        _starts = new ulong[slots * _words];
        _freeSlots = new int[slots];
        for (int slot = 0; slot < slots; slot++)
        {
            _freeSlots[slot] = slots - 1 - slot;
        }

        _freeCount = slots;
        _stride = (options.MaxDatagramBytes + CacheLine - 1) & -CacheLine;
        _memory = new NativeBlock((nuint)slots * (nuint)_stride, hugePages: true);
        _buffers = _memory.Start;
    }

    /// <summary>Frames under way, complete ones not yet released and tombstones included.</summary>
    public int Count => _slots.Length - _freeCount;

    /// <summary>When the oldest frame's time is over; the greatest timestamp if none is under way.</summary>
    public Timestamp NextDeadline => _first == None ? Timestamp.MaxValue : _slots[_first].Deadline;

    /// <summary>What happened so far.</summary>
    public ref readonly ReassemblyCounters Counters => ref _counters;

    /// <summary>Takes one fragment.</summary>
    /// <param name="source">Where it came from.</param>
    /// <param name="info">What its header said.</param>
    /// <param name="fragment">Its bytes of the inner frame.</param>
    /// <param name="ecn">Congestion field of its outer IP header, 0 to 3.</param>
    /// <param name="now">The time; it may stand still.</param>
    /// <param name="handle">The frame, if the result is <see cref="ReassemblyVerdict.Completed"/>.</param>
    public ReassemblyVerdict Add(in FragmentSource source, FragmentInfo info, ReadOnlySpan<byte> fragment, int ecn, Timestamp now, out DatagramHandle handle)
    {
        handle = default;
        ReassemblyVerdict verdict = CheckBounds(info, fragment.Length);
        if (verdict == ReassemblyVerdict.Stored)
        {
            var key = new Key(source, info.DatagramId);
            int slot = Find(key);
            if (slot != None && _slots[slot].Deadline <= now)
            {
                // The sweep has not come by yet; the deadline holds all the same.
                Retire(slot);
                slot = None;
            }

            verdict = slot == None ? TryBegin(key, source, info, now, out slot) : ReassemblyVerdict.Stored;
            if (verdict == ReassemblyVerdict.Stored)
            {
                verdict = Store(slot, info, fragment, ecn & 3);
            }

            if (verdict == ReassemblyVerdict.Completed)
            {
                handle = new DatagramHandle(slot, _slots[slot].Generation);
            }
        }

        _counters.Count(verdict);
        return verdict;
    }

    /// <summary>The bytes of a complete frame; empty if the handle is stale. Good until it is released.</summary>
    public Span<byte> Bytes(DatagramHandle handle) =>
        IsComplete(handle) ? new Span<byte>(Buffer(handle.Slot), _slots[handle.Slot].TotalLength) : default;

    /// <summary>Congestion field of a complete frame's outer header: marked if any fragment was (RFC 3168 section 5.3).</summary>
    public int Ecn(DatagramHandle handle) => IsComplete(handle) ? _slots[handle.Slot].Ecn : 0;

    /// <summary>Gives the place of a complete frame back.</summary>
    /// <returns>False if the handle was stale.</returns>
    public bool Release(DatagramHandle handle)
    {
        if (!IsComplete(handle))
        {
            return false;
        }

        ReturnSlot(handle.Slot);
        return true;
    }

    /// <summary>Forgets frames whose time is over, oldest first.</summary>
    /// <param name="now">The time.</param>
    /// <param name="budget">Most frames to forget in this call.</param>
    /// <returns>Frames forgotten; less than the budget means that none is left whose time is over.</returns>
    public int Expire(Timestamp now, int budget)
    {
        int count = 0;
        while (count < budget && _first != None && _slots[_first].Deadline <= now)
        {
            Retire(_first);
            count++;
        }

        return count;
    }

    /// <summary>Frees all memory.</summary>
    public void Dispose()
    {
        _buffers = null;
        _memory.Dispose();
        _index.Dispose();
        _ledger.Dispose();
    }

    private ReassemblyVerdict CheckBounds(FragmentInfo info, int length)
    {
        int end = info.Offset + length;
        if (length == 0 || info.TotalLength == 0 || end > info.TotalLength)
        {
            return ReassemblyVerdict.BadBounds;
        }

        if (info.TotalLength > _options.MaxDatagramBytes)
        {
            return ReassemblyVerdict.TooLong;
        }

        if (info.OffsetUnits == 0 && length < EthernetHeaderBytes)
        {
            return ReassemblyVerdict.HeaderSplit;
        }

        bool isLast = end == info.TotalLength;
        if (!isLast && (length % FragmentInfo.UnitBytes != 0 || length < _options.MinFragmentBytes))
        {
            return ReassemblyVerdict.TooSmall;
        }

        return isLast && info.OffsetUnits == 0 ? ReassemblyVerdict.Atomic : ReassemblyVerdict.Stored;
    }

    /// <summary>Fragments of a frame mostly follow each other, so the frame of the last call is tried before the table.</summary>
    private int Find(in Key key)
    {
        if (_recent != None && key.Equals(_recentKey))
        {
            return _recent;
        }

        FlowHandle entry = _index.Find(key);
        return entry.IsNone ? None : Remember(key, _index[entry]);
    }

    private int Remember(in Key key, int slot)
    {
        _recentKey = key;
        return _recent = slot;
    }

    /// <summary>Takes a frame out of the index.</summary>
    private void Forget(int slot)
    {
        if (_recent == slot)
        {
            _recent = None;
        }

        _index.Remove(_slots[slot].Entry);
        _slots[slot].Entry = FlowHandle.None;
    }

    private ReassemblyVerdict TryBegin(in Key key, in FragmentSource source, FragmentInfo info, Timestamp now, out int slot)
    {
        slot = None;
        int from = _ledger.Source(source.Remote);
        int network = _ledger.Network(source.Vni);
        if (from == None || network == None)
        {
            return ReassemblyVerdict.Full;
        }

        int mine = _ledger.SourceCount(from);
        if (mine >= _options.MaxPerSource)
        {
            return ReassemblyVerdict.SourceQuota;
        }

        if (_ledger.NetworkCount(network) >= _options.MaxPerVni)
        {
            return ReassemblyVerdict.VniQuota;
        }

        if (_freeCount == 0 && !TryEvict(mine))
        {
            return ReassemblyVerdict.Full;
        }

        _index.Add(key, out FlowHandle entry);
        if (entry.IsNone)
        {
            return ReassemblyVerdict.Full;
        }

        slot = _freeSlots[--_freeCount];
        _index[entry] = Remember(key, slot);
        ref Slot state = ref _slots[slot];
        state.Entry = entry;
        state.Deadline = now + _options.Timeout;
        state.TotalLength = info.TotalLength;
        state.ReceivedBytes = 0;
        state.Pieces = 0;
        state.Ecn = None;
        state.Stage = Stage.UnderWay;
        state.Generation++;
        int words = (info.TotalLength + BytesAWord - 1) / BytesAWord;
        Received(slot)[..words].Clear();
        Starts(slot)[..words].Clear();
        _ledger.Add(slot, from, network);
        Append(slot);
        _counters.Begun++;
        return ReassemblyVerdict.Stored;
    }

    /// <summary>Makes room at the cost of an endpoint with more frames than the newcomer would have.</summary>
    private bool TryEvict(int newcomerHas)
    {
        int victim = _ledger.OldestOfLargest(newcomerHas + 1);
        if (victim == None)
        {
            return false;
        }

        _counters.Evicted++;
        _counters.EvictedFragments += _slots[victim].Pieces;
        LeaveQueue(victim);
        ReturnSlot(victim);
        return true;
    }

    private ReassemblyVerdict Store(int slot, FragmentInfo info, ReadOnlySpan<byte> fragment, int ecn)
    {
        ref Slot state = ref _slots[slot];
        if (state.Stage == Stage.Tombstone)
        {
            return ReassemblyVerdict.Discarded;
        }

        if (info.TotalLength != state.TotalLength)
        {
            return Discard(ref state, ReassemblyVerdict.LengthConflict);
        }

        int first = info.OffsetUnits;
        int end = (info.Offset + fragment.Length + FragmentInfo.UnitBytes - 1) / FragmentInfo.UnitBytes;
        if (!UnitBitmap.TryClaim(Received(slot), first, end))
        {
            return IsDuplicate(slot, info.Offset, first, end, fragment)
                ? ReassemblyVerdict.Duplicate
                : Discard(ref state, ReassemblyVerdict.Overlap);
        }

        if (!TryMergeEcn(ref state, ecn))
        {
            return Discard(ref state, ReassemblyVerdict.EcnConflict);
        }

        UnitBitmap.Set(Starts(slot), first);
        fragment.CopyTo(new Span<byte>(Buffer(slot) + info.Offset, fragment.Length));
        state.ReceivedBytes += fragment.Length;
        if (state.ReceivedBytes < state.TotalLength)
        {
            state.Pieces++;
            return ReassemblyVerdict.Stored;
        }

        // Complete: it leaves index, queue and ledger, so it cannot expire or give way while the caller reads it.
        LeaveQueue(slot);
        _ledger.Remove(slot);
        Forget(slot);
        state.Stage = Stage.Complete;
        _counters.CompletedFragments += state.Pieces;
        return ReassemblyVerdict.Completed;
    }

    /// <summary>True if exactly this range was received as one fragment: it starts where one started and the next thing is another start, a gap or the end.</summary>
    private bool IsDuplicate(int slot, int offset, int first, int end, ReadOnlySpan<byte> fragment)
    {
        ReadOnlySpan<ulong> received = Received(slot);
        ReadOnlySpan<ulong> starts = Starts(slot);
        int units = (_slots[slot].TotalLength + FragmentInfo.UnitBytes - 1) / FragmentInfo.UnitBytes;
        bool sameBounds = UnitBitmap.All(received, first, end)
            && UnitBitmap.Test(starts, first)
            && (first + 1 == end || !UnitBitmap.Any(starts, first + 1, end))
            && (end == units || UnitBitmap.Test(starts, end) || !UnitBitmap.Test(received, end));
        return sameBounds
            && (_options.Duplicates == DuplicatePolicy.Ignore || fragment.SequenceEqual(new ReadOnlySpan<byte>(Buffer(slot) + offset, fragment.Length)));
    }

    /// <summary>Marked if any is marked; marked and not capable exclude each other (RFC 3168 section 5.3).</summary>
    private static bool TryMergeEcn(ref Slot state, int ecn)
    {
        if (state.Ecn == None || state.Ecn == ecn)
        {
            state.Ecn = ecn;
            return true;
        }

        bool marked = state.Ecn == EcnTunnelRules.Ce || ecn == EcnTunnelRules.Ce;
        bool incapable = state.Ecn == EcnTunnelRules.NotEct || ecn == EcnTunnelRules.NotEct;
        if (marked && incapable)
        {
            return false;
        }

        // Different but compatible: marked wins, and a capable transport that is not marked everywhere is the weaker of the two.
        state.Ecn = marked ? EcnTunnelRules.Ce : Math.Min(state.Ecn, ecn);
        return true;
    }

    private ReassemblyVerdict Discard(ref Slot state, ReassemblyVerdict reason)
    {
        _counters.DiscardedFragments += state.Pieces;
        state.Pieces = 0;
        state.Stage = Stage.Tombstone;
        return reason;
    }

    /// <summary>Forgets a frame or tombstone whose time is over.</summary>
    private void Retire(int slot)
    {
        if (_slots[slot].Stage == Stage.Tombstone)
        {
            _counters.TombstonesExpired++;
        }
        else
        {
            _counters.Expired++;
            _counters.ExpiredFragments += _slots[slot].Pieces;
        }

        LeaveQueue(slot);
        ReturnSlot(slot);
    }

    private void ReturnSlot(int slot)
    {
        ref Slot state = ref _slots[slot];
        if (!state.Entry.IsNone)
        {
            Forget(slot);
        }

        if (state.Stage != Stage.Complete)
        {
            _ledger.Remove(slot);
        }

        state.Stage = Stage.Free;
        _freeSlots[_freeCount++] = slot;
    }

    /// <summary>Deadlines are all the same time after arrival, so the order of arrival is the order of expiry.</summary>
    private void Append(int slot)
    {
        ref Slot state = ref _slots[slot];
        state.Before = _last;
        state.After = None;
        if (_last == None)
        {
            _first = slot;
        }
        else
        {
            _slots[_last].After = slot;
        }

        _last = slot;
    }

    private void LeaveQueue(int slot)
    {
        ref Slot state = ref _slots[slot];
        if (state.Before == None)
        {
            _first = state.After;
        }
        else
        {
            _slots[state.Before].After = state.After;
        }

        if (state.After == None)
        {
            _last = state.Before;
        }
        else
        {
            _slots[state.After].Before = state.Before;
        }
    }

    private bool IsComplete(DatagramHandle handle) =>
        (uint)handle.Slot < (uint)_slots.Length
        && _slots[handle.Slot].Generation == handle.Generation
        && _slots[handle.Slot].Stage == Stage.Complete
        && _buffers != null;

    private Span<ulong> Received(int slot) => _received.AsSpan(slot * _words, _words);

    private Span<ulong> Starts(int slot) => _starts.AsSpan(slot * _words, _words);

    // Invariant: slot < MaxDatagrams, and CheckBounds has held offset + length to TotalLength <= MaxDatagramBytes <= stride.
    private byte* Buffer(int slot) => _buffers + (nint)slot * _stride;

    private enum Stage : byte
    {
        Free,
        UnderWay,
        Complete,
        Tombstone,
    }

    /// <summary>32 bytes without padding: the bytes are what the table compares.</summary>
    private readonly struct Key(in FragmentSource source, uint datagramId)
    {
        public readonly VtepAddress Remote = source.Remote;
        public readonly uint Vni = source.Vni;
        public readonly uint Tunnel = source.Tunnel;
        public readonly ulong DatagramId = datagramId;

        public bool Equals(in Key other) =>
            DatagramId == other.DatagramId && Remote == other.Remote && Vni == other.Vni && Tunnel == other.Tunnel;
    }

    private struct Slot
    {
        public FlowHandle Entry;
        public Timestamp Deadline;
        public int TotalLength;
        public int ReceivedBytes;
        public int Ecn;
        public int Pieces;
        public int Before;
        public int After;
        public uint Generation;
        public Stage Stage;
    }
}
