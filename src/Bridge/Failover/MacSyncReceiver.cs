using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// The standby's side of MAC-SYNC: keeps the table like that of the active node. A full transfer fills a second table, which takes
/// the place of the first only if it is complete.
/// </summary>
internal sealed class MacSyncReceiver : IDisposable
{
    /// <summary>Silence within a full transfer after which it is given up.</summary>
    private static readonly TimeSpan TransferPatience = TimeSpan.FromMilliseconds(100);

    private readonly bool[] _bridged = new bool[VlanTag.MaxVlanId + 1];
    private readonly MacAddress _own;
    private MacSyncTable _filling;
    private bool _isFilling;
    private Timestamp _lastPart;

    public MacSyncReceiver(BridgeNodeOptions options)
    {
        _own = options.Mac;
        foreach (ushort vlan in options.Vlans)
        {
            _bridged[vlan] = true;
        }

        SipHash digest = SipHash.FromSecret(options.Key.Span);
        Table = new MacSyncTable(options.Capacity, options.Seed, digest);
        _filling = new MacSyncTable(options.Capacity, options.Seed, digest);
    }

    /// <summary>What the machines behind the VLANs are, as far as known.</summary>
    public MacSyncTable Table { get; private set; }

    /// <summary>For each VLAN whether it is bridged by the pair.</summary>
    public bool[] Bridged => _bridged;

    /// <summary>Whether the VLAN is bridged by the pair.</summary>
    public bool IsBridged(ushort vlan) => vlan < _bridged.Length && _bridged[vlan];

    /// <summary>Gives up a full transfer that is under way.</summary>
    public void Abandon() => _isFilling = false;

    /// <summary>Takes a message of the active node.</summary>
    /// <returns>What to say to it: an acknowledgement, a request for everything, or nothing (null).</returns>
    public MacSyncType? Take(in MacSyncView message, Timestamp now, ref BridgeNodeCounters counters)
    {
        MacSyncHeader header = message.Header;
        switch (header.Type)
        {
            case MacSyncType.FullBegin:
                _filling.Clear();
                _isFilling = true;
                _lastPart = now;
                Apply(message, _filling, now, ref counters);
                return null;
            case MacSyncType.Delta:
                _lastPart = now;
                Apply(message, _isFilling ? _filling : Table, now, ref counters);
                return null;
            case MacSyncType.FullEnd:
                return _isFilling ? Complete(message, now, ref counters) : Compare(header, ref counters);
            case MacSyncType.Digest:
                if (_isFilling && now - _lastPart < TransferPatience)
                {
                    return null;
                }

                _isFilling = false;
                Apply(message, Table, now, ref counters);
                // Who hands over asks again and again: what it sent before, or our word, may be lost.
                MacSyncType? answer = Compare(header, ref counters);
                return answer == MacSyncType.FullRequest || (header.Flags & MacSyncFlags.Query) != 0 ? answer : null;
            default:
                return null;
        }
    }

    public void Dispose()
    {
        Table.Dispose();
        _filling.Dispose();
    }

    private MacSyncType? Complete(in MacSyncView message, Timestamp now, ref BridgeNodeCounters counters)
    {
        Apply(message, _filling, now, ref counters);
        _isFilling = false;
        if (_filling.Digest != message.Header.Digest)
        {
            counters.FullTransfersDiscarded++;
            return MacSyncType.FullRequest;
        }

        (Table, _filling) = (_filling, Table);
        counters.FullTransfersTaken++;
        return MacSyncType.Ack;
    }

    private MacSyncType? Compare(in MacSyncHeader header, ref BridgeNodeCounters counters)
    {
        if (header.Digest == Table.Digest)
        {
            return MacSyncType.Ack;
        }

        counters.DigestMismatches++;
        return MacSyncType.FullRequest;
    }

    private void Apply(in MacSyncView message, MacSyncTable table, Timestamp now, ref BridgeNodeCounters counters)
    {
        for (int i = 0; i < message.Count; i++)
        {
            MacSyncEntry entry = message[i];
            if (!entry.IsValid || !IsBridged(entry.Vlan) || entry.Mac == _own)
            {
                counters.EntriesInvalid++;
            }
            else if ((entry.Flags & MacSyncEntryFlags.Withdraw) != 0)
            {
                counters.EntriesApplied += table.Remove(entry.Vlan, entry.Mac) ? 1 : 0;
            }
            else if (table.Put(entry.Vlan, entry.Mac, now - TimeSpan.FromSeconds(entry.AgeSeconds), entry.Flags))
            {
                counters.EntriesApplied++;
            }
            else
            {
                counters.EntriesRefused++;
            }
        }
    }
}
