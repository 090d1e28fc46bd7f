using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// The active node's side of MAC-SYNC: keeps the table like the filtering database's entries at the port to the VLANs, and says
/// which entries go into the next message.
/// </summary>
internal sealed class MacSyncSender(BridgeNodeOptions options, FilteringDatabase macs, FilteringJournal journal, MacSyncReceiver tables)
{
    /// <summary>Time in which changes are gathered before a message goes out.</summary>
    private static readonly TimeSpan Batching = TimeSpan.FromMilliseconds(10);

    private readonly BridgeLocation _port = BridgeLocation.Port(options.Port);
    private readonly FilteringEntry[] _walk = new FilteringEntry[64];
    private Timestamp _deltaDue = Timestamp.MaxValue;
    private Timestamp _lastDelta = new(long.MinValue / 2);
    private int _fullCursor;
    private int _refreshCursor;

    /// <summary>Whether a full transfer is under way.</summary>
    public bool IsTransferring { get; private set; }

    /// <summary>When changes are to be sent.</summary>
    public Timestamp DeltaDue => _deltaDue;

    /// <summary>Looks whether there are changes.</summary>
    /// <returns>True if changes were lost, so that everything has to be sent.</returns>
    public bool Notice(Timestamp now)
    {
        if (journal.HasOverflowed)
        {
            journal.Clear();
            Rebuild(now);
            return true;
        }

        if (journal.Count > 0 && _deltaDue == Timestamp.MaxValue)
        {
            Timestamp earliest = _lastDelta + Batching;
            _deltaDue = earliest > now ? earliest : now;
        }

        return false;
    }

    /// <summary>Fills the entries of one message with changes.</summary>
    /// <returns>Entries; 0 if no change is due or none was one.</returns>
    public int TakeChanges(Span<MacSyncEntry> entries, Timestamp now, ref BridgeNodeCounters counters)
    {
        int count = 0;
        if (now < _deltaDue)
        {
            return 0;
        }

        while (count < entries.Length && journal.TryRead(out ushort vlan, out MacAddress mac))
        {
            if (TryReconcile(vlan, mac, now, ref counters, out MacSyncEntry entry))
            {
                entries[count++] = entry;
            }
        }

        _lastDelta = now;
        _deltaDue = journal.Count > 0 ? now : Timestamp.MaxValue;
        return count;
    }

    /// <summary>Begins a full transfer, unless one is under way.</summary>
    public bool BeginFull()
    {
        bool begins = !IsTransferring;
        IsTransferring = true;
        _fullCursor = begins ? 0 : _fullCursor;
        return begins;
    }

    /// <summary>Fills the entries of one message of a full transfer.</summary>
    /// <param name="entries">Filled from the start.</param>
    /// <param name="now">The time.</param>
    /// <param name="isLast">True if nothing is left.</param>
    public int TakePart(Span<MacSyncEntry> entries, Timestamp now, out bool isLast)
    {
        int count = 0;
        do
        {
            count += tables.Table.CopyTo(ref _fullCursor, entries[count..], now);
        }
        while (_fullCursor != 0 && count < entries.Length);

        isLast = _fullCursor == 0;
        IsTransferring = !isLast;
        return count;
    }

    /// <summary>Some entries with their present ages, so that a standby knows which machines talk; in turn, all of them.</summary>
    public int TakeRefresh(Span<MacSyncEntry> entries, Timestamp now)
    {
        int count = tables.Table.CopyTo(ref _refreshCursor, entries, now);
        int kept = 0;
        foreach (MacSyncEntry entry in entries[..count])
        {
            if (macs.TryLookup(entry.Vlan, entry.Mac, now, out BridgeLocation where, out TimeSpan age) && where == _port)
            {
                entries[kept++] = entry with { AgeSeconds = (ushort)Math.Clamp(age.TotalSeconds, 0, ushort.MaxValue) };
            }
        }

        return kept;
    }

    /// <summary>Stops sending: this node does not hold the table any more.</summary>
    public void Stop()
    {
        IsTransferring = false;
        _deltaDue = Timestamp.MaxValue;
        journal.Clear();
    }

    /// <summary>Makes the table anew from the filtering database.</summary>
    private void Rebuild(Timestamp now)
    {
        tables.Table.Clear();
        int cursor = 0;
        do
        {
            int count = macs.CopyTo(ref cursor, _walk, now);
            foreach (FilteringEntry entry in _walk.AsSpan(0, count))
            {
                if (entry.Where == _port && tables.IsBridged(entry.Vlan) && entry.Mac != options.Mac)
                {
                    _ = tables.Table.Put(entry.Vlan, entry.Mac, now - entry.Age, FlagsOf(entry.IsStatic));
                }
            }
        }
        while (cursor != 0);
    }

    private bool TryReconcile(ushort vlan, MacAddress mac, Timestamp now, ref BridgeNodeCounters counters, out MacSyncEntry entry)
    {
        entry = default;
        if (!tables.IsBridged(vlan) || mac == options.Mac)
        {
            return false;
        }

        if (macs.TryLookup(vlan, mac, now, out BridgeLocation where) && where == _port)
        {
            entry = new MacSyncEntry(mac, vlan, 0, MacSyncEntryFlags.None);
            bool taken = tables.Table.Put(vlan, mac, now);
            counters.EntriesRefused += taken ? 0 : 1;
            return taken;
        }

        entry = new MacSyncEntry(mac, vlan, 0, MacSyncEntryFlags.Withdraw);
        return tables.Table.Remove(vlan, mac);
    }

    private static MacSyncEntryFlags FlagsOf(bool isStatic) => isStatic ? MacSyncEntryFlags.Static : MacSyncEntryFlags.None;
}
