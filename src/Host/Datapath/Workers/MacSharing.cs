using Weft.Bridge;
using Weft.Packets;

namespace Weft.Host.Datapath.Workers;

/// <summary>
/// Keeps the filtering databases of all workers alike: each tells the others what it learns, and once a period that a station
/// is still there. The latest sighting counts, wherever it was made.
/// </summary>
internal sealed class MacSharing(WorkerLink link, LearningBridge bridge)
{
    private const int Chunk = 64;

    private readonly FilteringEntry[] _chunk = new FilteringEntry[Chunk];

    /// <summary>By worker: whether it missed something, and how far the walk that makes up for it has come.</summary>
    private readonly (bool Missed, int Cursor)[] _others = new (bool, int)[link.Count];

    /// <summary>A source address was learned, moved, or seen again after a while.</summary>
    public void Tell(ushort vlan, MacAddress mac, BridgeLocation where, Timestamp now)
    {
        var seen = new SharedMac(vlan, mac, where, now);
        for (int to = 0; to < link.Count; to++)
        {
            if (to != link.Index && !link.TryTell(to, seen))
            {
                _others[to] = (Missed: true, Cursor: 0);
            }
        }
    }

    /// <summary>Learns what the others tell, as much as was there when it began to look.</summary>
    public void Hear(Timestamp now)
    {
        for (int from = 0; from < link.Count; from++)
        {
            for (int i = 0; i < Chunk && from != link.Index && link.TryHear(from, out SharedMac seen); i++)
            {
                Learn(seen, now);
            }
        }
    }

    /// <summary>Tells a worker that missed something everything again, a slice at a time.</summary>
    public void Advance(Timestamp now)
    {
        for (int to = 0; to < _others.Length; to++)
        {
            if (_others[to].Missed)
            {
                Repeat(to, now);
            }
        }
    }

    private void Repeat(int to, Timestamp now)
    {
        int cursor = _others[to].Cursor;
        int count = bridge.Macs.CopyTo(ref cursor, _chunk, now);
        foreach (FilteringEntry entry in _chunk.AsSpan(0, count))
        {
            if (!entry.IsStatic && !link.TryTell(to, new SharedMac(entry.Vlan, entry.Mac, entry.Where, now - entry.Age)))
            {
                // The same slice again in the next round; what is told twice does no harm.
                return;
            }
        }

        _others[to] = (Missed: cursor != 0, cursor);
    }

    private void Learn(in SharedMac seen, Timestamp now)
    {
        if (bridge.Macs.TryLookup(seen.Vlan, seen.Mac, now, out BridgeLocation where, out TimeSpan age))
        {
            Timestamp known = now - age;
            // Of two sightings at the same moment all workers must keep the same one.
            if (known > seen.Seen || (known == seen.Seen && (where.IsVtep, where.Index).CompareTo((seen.Where.IsVtep, seen.Where.Index)) >= 0))
            {
                return;
            }
        }

        _ = bridge.Macs.Learn(seen.Vlan, seen.Mac, seen.Where, seen.Seen);
    }
}
