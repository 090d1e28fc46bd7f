using System.Numerics;
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
public sealed partial class FilteringDatabase : IDisposable
{
    private const int VlanCount = 4096;
    private const int SliceLength = 64;
    private const int BatchLength = 64;

    private readonly FlowTable<ulong, FilteringRecord> _table;
    private readonly FlowHandle[] _slice = new FlowHandle[SliceLength];
    private readonly FlowHandle[] _batch = new FlowHandle[BatchLength];
    private LearnLimits _limits;
    private readonly MoveGuard? _moves;
    private bool[] _sticky;
    private readonly int _shareShift;
    private readonly TimeSpan[] _ageing = new TimeSpan[VlanCount];
    private TimeSpan _shortestAgeing = BridgeSegmentOptions.DefaultAgeing;
    private SweepPace _pace;
    private int _cursor;
    private readonly FilteringJournal[] _journals;
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
        // A shift by 63 leaves nothing: no period ever ends.
        _shareShift = options.SharePeriod > TimeSpan.Zero ? BitOperations.Log2((ulong)options.SharePeriod.Ticks * Timestamp.NanosecondsPerTick) : 63;
        _journals = [.. Enumerable.Range(0, options.JournalCapacity > 0 ? options.Journals : 0).Select(_ => new FilteringJournal(options.JournalCapacity))];
    }

    /// <summary>Entries, those included that have aged and were not given back yet.</summary>
    public int Count => _table.Count;

    /// <summary>Entries that fit.</summary>
    public int Capacity => _table.Capacity;

    /// <summary>What changed, for those who keep copies, one for each; none unless <see cref="FilteringDatabaseOptions.JournalCapacity"/> asks for them.</summary>
    public IReadOnlyList<FilteringJournal> Journals => _journals;

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
        if (_ageing[vlan] != ageing)
        {
            _ageing[vlan] = ageing;
            _shortestAgeing = _ageing.Min();
        }
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
            bool isRenewed = (record.LastSeen.Nanoseconds ^ now.Nanoseconds) >> _shareShift != 0;
            record.LastSeen = now;
            _counters.Refreshed++;
            return isRenewed ? LearnResult.Renewed : LearnResult.Refreshed;
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

    /// <summary>Looks the destinations of a burst up: the same answers as one by one, but memory is fetched for all of them at once.</summary>
    /// <param name="keys">Segment and address of each, from <see cref="KeyOf"/>.</param>
    /// <param name="now">The time.</param>
    /// <param name="where">Where each is; as many as keys. What is unknown or has aged is left as <paramref name="known"/> says.</param>
    /// <param name="known">True for each that is known; as many as keys.</param>
    /// <exception cref="ArgumentException">One of the two outputs is shorter than the keys.</exception>
    public void Lookup(ReadOnlySpan<ulong> keys, Timestamp now, Span<BridgeLocation> where, Span<bool> known)
    {
        if (where.Length < keys.Length || known.Length < keys.Length)
        {
            throw new ArgumentException($"There are {keys.Length} keys, and room for {where.Length} places and {known.Length} answers.", nameof(where));
        }

        while (keys.Length > 0)
        {
            int count = Math.Min(keys.Length, BatchLength);
            Span<FlowHandle> found = _batch.AsSpan(0, count);
            _table.Find(keys[..count], found);
            for (int i = 0; i < count; i++)
            {
                known[i] = false;
                if (!found[i].IsNone)
                {
                    ref FilteringRecord record = ref _table[found[i]];
                    known[i] = record.IsStatic || !HasAged(record, FilteringRecord.VlanOf(keys[i]), now);
                    where[i] = BridgeLocation.FromCode(record.Location);
                }
            }

            keys = keys[count..];
            where = where[count..];
            known = known[count..];
        }
    }

    /// <summary>Segment and address as <see cref="Lookup"/> wants them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong KeyOf(ushort vlan, MacAddress mac) => FilteringRecord.Key(vlan, mac);

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
        Note(key);
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

        Note(key);
        return _table.Remove(handle);
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
        Note(key);
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

        Note(key);

        _limits.Move(record.Location, where.Code);
        record.Location = where.Code;
        record.LastSeen = now;
        _counters.Moved++;
        return LearnResult.Moved;
    }

    private void Note(ulong key)
    {
        foreach (FilteringJournal journal in _journals)
        {
            journal.Note(key);
        }
    }

    private void Remove(FlowHandle handle, ref long counter)
    {
        ulong key = _table.KeyOf(handle);
        _limits.Release(FilteringRecord.VlanOf(key), _table[handle].Location);
        Note(key);
        _ = _table.Remove(handle);
        counter++;
    }
}
