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
public sealed class TunnelReassembler : IDisposable
{
    private const int EthernetHeaderBytes = 14;
    private const int None = DatagramSlot.None;

    private readonly ReassemblyOptions _options;
    private readonly FlowTable<DatagramKey, int> _index;
    private readonly SourceLedger _ledger;
    private readonly DatagramStore _store;
    private DatagramKey _recentKey;
    private int _recent = None;
    private ReassemblyCounters _counters;

    /// <summary>Allocates everything.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public TunnelReassembler(ReassemblyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _index = new FlowTable<DatagramKey, int>(new FlowTableOptions { Capacity = options.MaxDatagrams, Seed = options.Seed });
        _ledger = new SourceLedger(options.MaxDatagrams, options.MaxPerSource, options.Seed);
        _store = new DatagramStore(options.MaxDatagrams, options.MaxDatagramBytes);
    }

    /// <summary>Frames under way, complete ones not yet released and tombstones included.</summary>
    public int Count => _store.Capacity - _store.FreeCount;

    /// <summary>When the oldest frame's time is over; the greatest timestamp if none is under way.</summary>
    public Timestamp NextDeadline => _store.First == None ? Timestamp.MaxValue : _store[_store.First].Deadline;

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
            var key = new DatagramKey(source, info.DatagramId);
            int slot = Find(key);
            if (slot != None && _store[slot].Deadline <= now)
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
                handle = new DatagramHandle(slot, _store[slot].Generation);
            }
        }

        _counters.Count(verdict);
        return verdict;
    }

    /// <summary>The bytes of a complete frame; empty if the handle is stale. Good until it is released.</summary>
    public Span<byte> Bytes(DatagramHandle handle) =>
        IsComplete(handle) ? _store.Buffer(handle.Slot, 0, _store[handle.Slot].TotalLength) : default;

    /// <summary>Congestion field of a complete frame's outer header: marked if any fragment was (RFC 3168 section 5.3).</summary>
    public int Ecn(DatagramHandle handle) => IsComplete(handle) ? _store[handle.Slot].Ecn : 0;

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
        while (count < budget && _store.First != None && _store[_store.First].Deadline <= now)
        {
            Retire(_store.First);
            count++;
        }

        return count;
    }

    /// <summary>Frees all memory.</summary>
    public void Dispose()
    {
        _store.Dispose();
        _index.Dispose();
        _ledger.Dispose();
    }

    private ReassemblyVerdict CheckBounds(FragmentInfo info, int length)
    {
        int end = info.Offset + length;
        bool isOpen = info.TotalLength == FragmentInfo.UnknownLength && _options.LengthFromLast;
        int total = isOpen ? end : info.TotalLength;
        if (length == 0 || total == 0 || end > total)
        {
            return ReassemblyVerdict.BadBounds;
        }

        if (total > _options.MaxDatagramBytes)
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
    private int Find(in DatagramKey key)
    {
        if (_recent != None && key.Equals(_recentKey))
        {
            return _recent;
        }

        FlowHandle entry = _index.Find(key);
        return entry.IsNone ? None : Remember(key, _index[entry]);
    }

    private int Remember(in DatagramKey key, int slot)
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

        _index.Remove(_store[slot].Entry);
        _store[slot].Entry = FlowHandle.None;
    }

    private ReassemblyVerdict TryBegin(in DatagramKey key, in FragmentSource source, FragmentInfo info, Timestamp now, out int slot)
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

        if (_store.FreeCount == 0 && !TryEvict(mine))
        {
            return ReassemblyVerdict.Full;
        }

        _index.Add(key, out FlowHandle entry);
        if (entry.IsNone)
        {
            return ReassemblyVerdict.Full;
        }

        slot = _store.Take(info.TotalLength, now + _options.Timeout);
        _store[slot].Entry = entry;
        _index[entry] = Remember(key, slot);
        _ledger.Add(slot, from, network);
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
        _counters.EvictedFragments += _store[victim].Pieces;
        _store.Leave(victim);
        ReturnSlot(victim);
        return true;
    }

    private ReassemblyVerdict Store(int slot, FragmentInfo info, ReadOnlySpan<byte> fragment, int ecn)
    {
        ref DatagramSlot state = ref _store[slot];
        if (state.Stage == DatagramStage.Tombstone)
        {
            return ReassemblyVerdict.Discarded;
        }

        if (info.TotalLength != state.TotalLength && !TryAgreeOnLength(slot, info, fragment.Length))
        {
            return Discard(ref state, ReassemblyVerdict.LengthConflict);
        }

        int first = info.OffsetUnits;
        int end = (info.Offset + fragment.Length + FragmentInfo.UnitBytes - 1) / FragmentInfo.UnitBytes;
        if (!UnitBitmap.TryClaim(_store.Received(slot), first, end))
        {
            return IsDuplicate(slot, info.Offset, first, end, fragment)
                ? ReassemblyVerdict.Duplicate
                : Discard(ref state, ReassemblyVerdict.Overlap);
        }

        if (!FragmentEcn.TryMerge(ref state.Ecn, ecn))
        {
            return Discard(ref state, ReassemblyVerdict.EcnConflict);
        }

        UnitBitmap.Set(_store.Starts(slot), first);
        fragment.CopyTo(_store.Buffer(slot, info.Offset, fragment.Length));
        state.ReceivedBytes += fragment.Length;
        if (state.ReceivedBytes != state.TotalLength)
        {
            state.Pieces++;
            return ReassemblyVerdict.Stored;
        }

        // Complete: it leaves index, queue and ledger, so it cannot expire or give way while the caller reads it.
        _store.Leave(slot);
        _ledger.Remove(slot);
        Forget(slot);
        state.Stage = DatagramStage.Complete;
        _counters.CompletedFragments += state.Pieces;
        return ReassemblyVerdict.Completed;
    }

    /// <summary>
    /// A length that only the last fragment says: whatever comes before it leaves it open, and nothing may lie behind it. False if two
    /// fragments contradict each other.
    /// </summary>
    private bool TryAgreeOnLength(int slot, FragmentInfo info, int length)
    {
        ref DatagramSlot state = ref _store[slot];
        if (!_options.LengthFromLast)
        {
            return false;
        }

        if (info.TotalLength == FragmentInfo.UnknownLength)
        {
            return info.Offset + length < state.TotalLength;
        }

        Span<ulong> received = _store.Received(slot);
        int units = (info.TotalLength + FragmentInfo.UnitBytes - 1) / FragmentInfo.UnitBytes;
        int most = received.Length * UnitBitmap.BitsAWord;
        if (state.TotalLength != FragmentInfo.UnknownLength || (units < most && UnitBitmap.Any(received, units, most)))
        {
            return false;
        }

        state.TotalLength = info.TotalLength;
        return true;
    }

    /// <summary>True if exactly this range was received as one fragment: it starts where one started and the next thing is another start, a gap or the end.</summary>
    private bool IsDuplicate(int slot, int offset, int first, int end, ReadOnlySpan<byte> fragment)
    {
        ReadOnlySpan<ulong> received = _store.Received(slot);
        ReadOnlySpan<ulong> starts = _store.Starts(slot);
        int total = _store[slot].TotalLength;
        // Behind the end, or behind what a buffer holds while that is not known, nothing is.
        int units = total == FragmentInfo.UnknownLength ? received.Length * UnitBitmap.BitsAWord : (total + FragmentInfo.UnitBytes - 1) / FragmentInfo.UnitBytes;
        bool sameBounds = UnitBitmap.All(received, first, end)
            && UnitBitmap.Test(starts, first)
            && (first + 1 == end || !UnitBitmap.Any(starts, first + 1, end))
            && (end == units || UnitBitmap.Test(starts, end) || !UnitBitmap.Test(received, end));
        return sameBounds
            && (_options.Duplicates == DuplicatePolicy.Ignore || fragment.SequenceEqual(_store.Buffer(slot, offset, fragment.Length)));
    }

    private ReassemblyVerdict Discard(ref DatagramSlot state, ReassemblyVerdict reason)
    {
        _counters.DiscardedFragments += state.Pieces;
        state.Pieces = 0;
        state.Stage = DatagramStage.Tombstone;
        return reason;
    }

    /// <summary>Forgets a frame or tombstone whose time is over.</summary>
    private void Retire(int slot)
    {
        if (_store[slot].Stage == DatagramStage.Tombstone)
        {
            _counters.TombstonesExpired++;
        }
        else
        {
            _counters.Expired++;
            _counters.ExpiredFragments += _store[slot].Pieces;
        }

        _store.Leave(slot);
        ReturnSlot(slot);
    }

    private void ReturnSlot(int slot)
    {
        ref DatagramSlot state = ref _store[slot];
        if (!state.Entry.IsNone)
        {
            Forget(slot);
        }

        if (state.Stage != DatagramStage.Complete)
        {
            _ledger.Remove(slot);
        }

        _store.Return(slot);
    }

    private bool IsComplete(DatagramHandle handle) =>
        (uint)handle.Slot < (uint)_store.Capacity
        && _store[handle.Slot].Generation == handle.Generation
        && _store[handle.Slot].Stage == DatagramStage.Complete
        && _store.IsAlive;
}
