using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <content>What passes over the table, or a part of it: flushing, re-pointing, ageing, copying.</content>
public sealed partial class FilteringDatabase
{
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
                    Note(key);
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
                entries[copied++] = new FilteringEntry(vlan, FilteringRecord.MacOf(key), BridgeLocation.FromCode(record.Location), record.IsStatic, age, record.Moves == MoveGuard.Held);
            }
        }

        return copied;
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

    /// <summary>Has room for another number of places, without limits at first, and moves entries to their new numbers, which costs one pass over the table.</summary>
    /// <param name="portCount">Local ports from now on.</param>
    /// <param name="vtepCount">Remote endpoints from now on.</param>
    /// <param name="numbers">The new numbers; null if all places keep theirs.</param>
    internal void Renumber(int portCount, int vtepCount, Renumbering? numbers)
    {
        _sticky = new bool[portCount];
        if (numbers is null)
        {
            _limits = new LearnLimits(portCount, vtepCount, _limits);
            return;
        }

        _limits = new LearnLimits(portCount, vtepCount);
        int cursor = 0;
        do
        {
            int live = _table.Slice(ref cursor, _slice);
            foreach (FlowHandle handle in _slice.AsSpan(0, live))
            {
                ref FilteringRecord record = ref _table[handle];
                if (!record.IsStatic)
                {
                    Renumber(handle, ref record, numbers);
                }
            }
        }
        while (cursor != 0);
    }

    private void Renumber(FlowHandle handle, ref FilteringRecord record, Renumbering numbers)
    {
        ulong key = _table.KeyOf(handle);
        ushort vlan = FilteringRecord.VlanOf(key);
        if (numbers.NewPlaceOf(vlan, record.Location) is not int place)
        {
            Note(key);
            _ = _table.Remove(handle);
            _counters.Flushed++;
            return;
        }

        if (place != record.Location)
        {
            record.Location = place;
            Note(key);
        }

        _limits.Take(vlan, place);
    }

    /// <summary>Forgets what was learned at a place in some of the VLANs.</summary>
    internal int Flush(BridgeLocation where, bool[] vlans) => Flush(vlan: null, where.Code, vlans);

    private int Flush(ushort? vlan, int? location, bool[]? vlans = null)
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
                    && (vlan is null || vlan == FilteringRecord.VlanOf(_table.KeyOf(handle)))
                    && (vlans is null || vlans[FilteringRecord.VlanOf(_table.KeyOf(handle))]))
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
