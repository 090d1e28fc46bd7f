using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Where each machine of each segment is (IEEE 802.1Q 8.8): learned from source addresses, aged, and static where configured.
/// The filtering identifier is the VLAN, so the same address may be in different places in different VLANs.
/// </summary>
/// <remarks>
/// <para>
/// A lookup never returns an entry that has aged, however long ago <see cref="Advance"/> was called. Advance only gives back
/// the places of aged entries; until then they count against the limits. It goes round the table at such a pace that an entry
/// is given back within a sixteenth of the shortest ageing time.
/// </para>
/// <para>A full table refuses new entries; frames are forwarded all the same, by flooding. One thread at a time; no allocation after construction.</para>
/// </remarks>
public sealed class FilteringDatabase : IDisposable
{
    private const int VlanCount = 4096;
    private const int SliceLength = 64;

    private readonly FlowTable<ulong, FilteringRecord> _table;
    private readonly FlowHandle[] _slice = new FlowHandle[SliceLength];
    private readonly LearnLimits _limits;
    private readonly MoveGuard? _moves;
    private readonly bool[] _sticky;
    private readonly TimeSpan[] _ageing = new TimeSpan[VlanCount];
    private TimeSpan _shortestAgeing = BridgeSegmentOptions.DefaultAgeing;
    private SweepPace _pace;
    private int _cursor;
    private FilteringCounters _counters;

    /// <summary>Creates a database and all the memory it will ever use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public FilteringDatabase(FilteringDatabaseOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _table = new FlowTable<ulong, FilteringRecord>(new FlowTableOptions { Capacity = options.Capacity, Seed = options.Seed });
        _limits = new LearnLimits(options.PortCount, options.VtepCount);
        _ageing.AsSpan().Fill(BridgeSegmentOptions.DefaultAgeing);
        _pace = new SweepPace(options.Start);
        _moves = options.MoveDamping is MoveDamping damping ? new MoveGuard(damping) : null;
        _sticky = new bool[options.PortCount];
        Journal = options.JournalCapacity > 0 ? new FilteringJournal(options.JournalCapacity) : null;
    }

    /// <summary>Entries, those included that have aged and were not given back yet.</summary>
    public int Count => _table.Count;

    /// <summary>Entries that fit.</summary>
    public int Capacity => _table.Capacity;

    /// <summary>What changed, for somebody who keeps a copy; null unless <see cref="FilteringDatabaseOptions.JournalCapacity"/> asks for it.</summary>
    public FilteringJournal? Journal { get; }

    /// <summary>What was learned and forgotten so far.</summary>
    public ref readonly FilteringCounters Counters => ref _counters;

    /// <summary>Learned entries at one place, those included that have aged and were not given back yet.</summary>
    public int CountAt(BridgeLocation where) => _limits.CountAt(where);

    /// <summary>Sets the ageing time of a segment, entries that it has included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 10 s to 1,000,000 s (IEEE 802.1Q table 8-6).</exception>
    public void SetAgeing(ushort vlan, TimeSpan ageing)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ageing, BridgeSegmentOptions.MinAgeing);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ageing, BridgeSegmentOptions.MaxAgeing);
        _ageing[vlan] = ageing;
        _shortestAgeing = _ageing.Min();
    }

    /// <summary>Limits how many addresses are learned in a segment; entries beyond a lowered limit stay until they age.</summary>
    public void SetVlanLimit(ushort vlan, int limit) => _limits.SetVlanLimit(vlan, limit);

    /// <summary>Limits how many addresses are learned at one place; entries beyond a lowered limit stay until they age.</summary>
    public void SetLocationLimit(BridgeLocation where, int limit) => _limits.SetLocationLimit(where, limit);

    /// <summary>
    /// Makes a port sticky: an address learned there does not move elsewhere until it ages, so that nobody can draw the frames of a
    /// server by using its address.
    /// </summary>
    /// <exception cref="ArgumentException">The place is a tunnel endpoint.</exception>
    public void SetSticky(BridgeLocation where, bool sticky)
    {
        if (where.IsVtep)
        {
            throw new ArgumentException($"{where} is no port; only ports can be sticky.", nameof(where));
        }

        _sticky[where.Index] = sticky;
    }

    /// <summary>Notes that a source address was seen somewhere (IEEE 802.1Q 8.7).</summary>
    /// <returns>
    /// What was done. An address that moves to a place which has reached its limit keeps its old place, so that a machine
    /// there cannot draw other machines' frames.
    /// </returns>
    public LearnResult Learn(ushort vlan, MacAddress mac, BridgeLocation where, Timestamp now)
    {
        if (!mac.IsValidSource)
        {
            _counters.InvalidSource++;
            return LearnResult.InvalidSource;
        }

        ulong key = FilteringRecord.Key(vlan, mac);
        FlowHandle handle = _table.Find(key);
        if (handle.IsNone)
        {
            return Add(key, vlan, where, now);
        }

        ref FilteringRecord record = ref _table[handle];
        if (record.IsStatic)
        {
            return StaticSeen(record.Location == where.Code);
        }

        if (HasAged(record, vlan, now))
        {
            Remove(handle, ref _counters.Aged);
            return Add(key, vlan, where, now);
        }

        if (record.Location == where.Code)
        {
            record.LastSeen = now;
            _counters.Refreshed++;
            return LearnResult.Refreshed;
        }

        return Move(key, ref record, where, now);
    }

    /// <summary>Looks an address up and says how long ago it was seen.</summary>
    /// <returns>False if the address is unknown or has aged.</returns>
    public bool TryLookup(ushort vlan, MacAddress mac, Timestamp now, out BridgeLocation where, out TimeSpan age)
    {
        age = TimeSpan.Zero;
        if (!TryLookup(vlan, mac, now, out where))
        {
            return false;
        }

        FilteringRecord record = _table[_table.Find(FilteringRecord.Key(vlan, mac))];
        age = record.IsStatic ? TimeSpan.Zero : now - record.LastSeen;
        return true;
    }

    /// <summary>Looks a destination up.</summary>
    /// <returns>False if the address is unknown or has aged.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLookup(ushort vlan, MacAddress mac, Timestamp now, out BridgeLocation where)
    {
        FlowHandle handle = _table.Find(FilteringRecord.Key(vlan, mac));
        if (!handle.IsNone)
        {
            ref FilteringRecord record = ref _table[handle];
            if (record.IsStatic || !HasAged(record, vlan, now))
            {
                where = BridgeLocation.FromCode(record.Location);
                return true;
            }
        }

        where = default;
        return false;
    }

    /// <summary>Configures where an address is; what was learned of it is forgotten.</summary>
    /// <returns>False if the table is full.</returns>
    /// <exception cref="ArgumentException">The address is a group address or zero.</exception>
    public bool AddStatic(ushort vlan, MacAddress mac, BridgeLocation where)
    {
        if (!mac.IsValidSource)
        {
            throw new ArgumentException($"{mac} is no individual address.", nameof(mac));
        }

        ulong key = FilteringRecord.Key(vlan, mac);
        FlowAddResult added = _table.Add(key, out FlowHandle handle);
        if (added == FlowAddResult.Refused)
        {
            return false;
        }

        ref FilteringRecord record = ref _table[handle];
        if (added == FlowAddResult.AlreadyPresent && !record.IsStatic)
        {
            _limits.Release(vlan, record.Location);
        }

        record = new FilteringRecord { Location = where.Code, IsStatic = true };
        Journal?.Note(key);
        return true;
    }

    /// <summary>Takes a configured entry away.</summary>
    /// <returns>False if there is none.</returns>
    public bool RemoveStatic(ushort vlan, MacAddress mac)
    {
        ulong key = FilteringRecord.Key(vlan, mac);
        FlowHandle handle = _table.Find(key);
        if (handle.IsNone || !_table[handle].IsStatic)
        {
            return false;
        }

        Journal?.Note(key);
        return _table.Remove(handle);
    }

    /// <summary>Forgets what was learned at one place: its link failed, or its machines moved. Costs one pass over the table.</summary>
    /// <returns>Entries forgotten.</returns>
    public int Flush(BridgeLocation where) => Flush(vlan: null, where.Code);

    /// <summary>Forgets what was learned at one place in one segment. Costs one pass over the table.</summary>
    /// <returns>Entries forgotten.</returns>
    public int Flush(BridgeLocation where, ushort vlan) => Flush(vlan, where.Code);

    /// <summary>
    /// Moves what was learned at one place in one segment to another: the machines are still there, behind another gateway. Costs one
    /// pass over the table. Limits are not applied; ages stay.
    /// </summary>
    /// <returns>Entries moved.</returns>
    public int Repoint(ushort vlan, BridgeLocation from, BridgeLocation to)
    {
        int moved = 0;
        int cursor = 0;
        do
        {
            int live = _table.Slice(ref cursor, _slice);
            foreach (FlowHandle handle in _slice.AsSpan(0, live))
            {
                ref FilteringRecord record = ref _table[handle];
                ulong key = _table.KeyOf(handle);
                if (!record.IsStatic && record.Location == from.Code && FilteringRecord.VlanOf(key) == vlan)
                {
                    _limits.Move(record.Location, to.Code);
                    record.Location = to.Code;
                    Journal?.Note(key);
                    moved++;
                }
            }
        }
        while (cursor != 0);
        _counters.Repointed += moved;
        return moved;
    }

    /// <summary>Forgets what was learned in one segment. Costs one pass over the table.</summary>
    /// <returns>Entries forgotten.</returns>
    public int FlushVlan(ushort vlan) => Flush(vlan, location: null);

    /// <summary>Forgets everything that was learned. Costs one pass over the table.</summary>
    /// <returns>Entries forgotten.</returns>
    public int FlushAll() => Flush(vlan: null, location: null);

    /// <summary>Gives back the places of aged entries, as many as the time since the last call calls for.</summary>
    /// <param name="now">The time.</param>
    /// <param name="budget">Most places examined, at least 1.</param>
    /// <returns>Entries given back.</returns>
    public int Advance(Timestamp now, int budget = 64)
    {
        int removed = 0;
        for (int places = _pace.Take(now, _shortestAgeing, Capacity, budget); places > 0; places -= SliceLength)
        {
            removed += ExamineSlice(now, Math.Min(places, SliceLength));
        }

        return removed;
    }

    /// <summary>Gives back the places of all aged entries at once. Costs one pass over the table.</summary>
    /// <returns>Entries given back.</returns>
    public int Sweep(Timestamp now)
    {
        _cursor = 0;
        int removed = 0;
        do
        {
            removed += ExamineSlice(now, SliceLength);
        }
        while (_cursor != 0);
        return removed;
    }

    /// <summary>Copies entries that have not aged, for people to see: the next part of a walk through the table.</summary>
    /// <param name="cursor">0 at first, then what the last call left; 0 again at the end.</param>
    /// <param name="entries">Filled from the start; at least one element.</param>
    /// <param name="now">The time.</param>
    /// <returns>Entries copied, which may be none before the end.</returns>
    public int CopyTo(ref int cursor, Span<FilteringEntry> entries, Timestamp now)
    {
        int copied = 0;
        int live = _table.Slice(ref cursor, _slice.AsSpan(0, Math.Min(SliceLength, entries.Length)));
        foreach (FlowHandle handle in _slice.AsSpan(0, live))
        {
            ulong key = _table.KeyOf(handle);
            FilteringRecord record = _table[handle];
            ushort vlan = FilteringRecord.VlanOf(key);
            if (record.IsStatic || !HasAged(record, vlan, now))
            {
                TimeSpan age = record.IsStatic ? TimeSpan.Zero : now - record.LastSeen;
                entries[copied++] = new FilteringEntry(vlan, FilteringRecord.MacOf(key), BridgeLocation.FromCode(record.Location), record.IsStatic, age);
            }
        }

        return copied;
    }

    /// <summary>Frees the table's memory. The database must not be used afterwards.</summary>
    public void Dispose() => _table.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool HasAged(in FilteringRecord record, ushort vlan, Timestamp now) => now >= record.LastSeen + _ageing[vlan];

    private LearnResult StaticSeen(bool agrees)
    {
        if (agrees)
        {
            return LearnResult.Static;
        }

        _counters.StaticConflict++;
        return LearnResult.StaticConflict;
    }

    private LearnResult Add(ulong key, ushort vlan, BridgeLocation where, Timestamp now)
    {
        if (!_limits.HasRoom(vlan, where))
        {
            _counters.LimitReached++;
            return LearnResult.LimitReached;
        }

        if (_table.Add(key, out FlowHandle handle) == FlowAddResult.Refused)
        {
            _counters.TableFull++;
            return LearnResult.TableFull;
        }

        _limits.Take(vlan, where.Code);
        _table[handle] = new FilteringRecord { LastSeen = now, Location = where.Code };
        Journal?.Note(key);
        _counters.Learned++;
        return LearnResult.Added;
    }

    private LearnResult Move(ulong key, ref FilteringRecord record, BridgeLocation where, Timestamp now)
    {
        var from = BridgeLocation.FromCode(record.Location);
        if (!from.IsVtep && _sticky[from.Index])
        {
            _counters.StickyConflict++;
            return LearnResult.StickyConflict;
        }

        if (!_limits.HasRoom(where))
        {
            _counters.LimitReached++;
            return LearnResult.LimitReached;
        }

        if (_moves is not null && !_moves.MayMove(ref record, now))
        {
            _counters.HeldDown++;
            return LearnResult.HeldDown;
        }

        Journal?.Note(key);

        _limits.Move(record.Location, where.Code);
        record.Location = where.Code;
        record.LastSeen = now;
        _counters.Moved++;
        return LearnResult.Moved;
    }

    private void Remove(FlowHandle handle, ref long counter)
    {
        ulong key = _table.KeyOf(handle);
        _limits.Release(FilteringRecord.VlanOf(key), _table[handle].Location);
        Journal?.Note(key);
        _ = _table.Remove(handle);
        counter++;
    }

    private int ExamineSlice(Timestamp now, int places)
    {
        int removed = 0;
        int live = _table.Slice(ref _cursor, _slice.AsSpan(0, places));
        foreach (FlowHandle handle in _slice.AsSpan(0, live))
        {
            ref FilteringRecord record = ref _table[handle];
            if (!record.IsStatic && HasAged(record, FilteringRecord.VlanOf(_table.KeyOf(handle)), now))
            {
                Remove(handle, ref _counters.Aged);
                removed++;
            }
            else
            {
                _moves?.Forgive(ref record, now);
            }
        }

        return removed;
    }

    private int Flush(ushort? vlan, int? location)
    {
        int removed = 0;
        int cursor = 0;
        do
        {
            int live = _table.Slice(ref cursor, _slice);
            foreach (FlowHandle handle in _slice.AsSpan(0, live))
            {
                FilteringRecord record = _table[handle];
                if (!record.IsStatic && (location ?? record.Location) == record.Location
                    && (vlan is null || vlan == FilteringRecord.VlanOf(_table.KeyOf(handle))))
                {
                    Remove(handle, ref _counters.Flushed);
                    removed++;
                }
            }
        }
        while (cursor != 0);
        return removed;
    }
}
