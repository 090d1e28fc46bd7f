using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// The machines behind the bridged VLANs, as the active node knows them: what a standby node needs in order to speak for them
/// the moment it takes over. It keeps a digest of itself that does not depend on order, so two tables are compared by one number.
/// </summary>
/// <remarks>The digest is the sum of a keyed hash of each address with its VLAN. A full table refuses. Nothing is allocated after construction.</remarks>
public sealed class MacSyncTable : IDisposable
{
    private const int SliceLength = 64;
    private readonly FlowTable<ulong, MacSyncRecord> _table;
    private readonly FlowHandle[] _slice = new FlowHandle[SliceLength];
    private readonly SipHash _hash;

    /// <summary>Creates an empty table and all the memory it will ever use.</summary>
    /// <param name="capacity">Most entries, at least 16.</param>
    /// <param name="seed">Secret of the table, of this machine alone.</param>
    /// <param name="secret">Secret of the digest, the same on both nodes.</param>
    public MacSyncTable(int capacity, HashSeed seed, ReadOnlySpan<byte> secret)
        : this(capacity, seed, SipHash.FromSecret(secret))
    {
    }

    internal MacSyncTable(int capacity, HashSeed seed, SipHash hash)
    {
        Capacity = capacity;
        _table = new FlowTable<ulong, MacSyncRecord>(new FlowTableOptions { Capacity = capacity, Seed = seed });
        _hash = hash;
    }

    /// <summary>Entries.</summary>
    public int Count => _table.Count;

    /// <summary>Most entries.</summary>
    public int Capacity { get; }

    /// <summary>The digest: equal for tables of equal addresses, whatever their history.</summary>
    public ulong Digest { get; private set; }

    /// <summary>Enters an address, or notes that it was seen.</summary>
    /// <returns>False if it is new and the table is full.</returns>
    /// <exception cref="ArgumentException">The address is a group address or zero.</exception>
    public bool Put(ushort vlan, MacAddress mac, Timestamp lastSeen, MacSyncEntryFlags flags = MacSyncEntryFlags.None)
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

        if (added != FlowAddResult.AlreadyPresent)
        {
            Digest += _hash.Hash(key);
        }

        _table[handle] = new MacSyncRecord { LastSeen = lastSeen, Flags = flags & ~MacSyncEntryFlags.Withdraw };
        return true;
    }

    /// <summary>Takes an address out.</summary>
    /// <returns>False if it was not there.</returns>
    public bool Remove(ushort vlan, MacAddress mac)
    {
        ulong key = FilteringRecord.Key(vlan, mac);
        bool removed = _table.Remove(key);
        Digest -= removed ? _hash.Hash(key) : 0;
        return removed;
    }

    /// <summary>Whether an address is in the table.</summary>
    public bool Contains(ushort vlan, MacAddress mac) => !_table.Find(FilteringRecord.Key(vlan, mac)).IsNone;

    /// <summary>Empties the table.</summary>
    public void Clear()
    {
        _table.Clear();
        Digest = 0;
    }

    /// <summary>Copies entries: the next part of a walk through the table. Entries added or removed meanwhile may or may not be met.</summary>
    /// <param name="cursor">0 at first, then what the last call left; 0 again at the end.</param>
    /// <param name="entries">Filled from the start; at least one element.</param>
    /// <param name="now">The time, from which ages are counted.</param>
    /// <returns>Entries copied, which may be none before the end.</returns>
    public int CopyTo(ref int cursor, Span<MacSyncEntry> entries, Timestamp now)
    {
        int live = _table.Slice(ref cursor, _slice.AsSpan(0, Math.Min(SliceLength, entries.Length)));
        for (int i = 0; i < live; i++)
        {
            ulong key = _table.KeyOf(_slice[i]);
            MacSyncRecord record = _table[_slice[i]];
            double age = Math.Clamp((now - record.LastSeen).TotalSeconds, 0, ushort.MaxValue);
            entries[i] = new MacSyncEntry(FilteringRecord.MacOf(key), FilteringRecord.VlanOf(key), (ushort)age, record.Flags);
        }

        return live;
    }

    /// <summary>Frees the table's memory. It must not be used afterwards.</summary>
    public void Dispose() => _table.Dispose();

    private struct MacSyncRecord
    {
        public Timestamp LastSeen;
        public MacSyncEntryFlags Flags;
    }
}
