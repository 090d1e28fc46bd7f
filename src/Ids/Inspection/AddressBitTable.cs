using Weft.Flows;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>The bits that <c>xbits</c> and <c>hostbits</c> set for addresses and pairs of them.</summary>
internal sealed class AddressBitTable(int capacity, HashSeed seed) : IDisposable
{
    private readonly FlowTable<Key, long> _table = new(new FlowTableOptions { Capacity = capacity, Seed = seed, WhenFull = FlowFullPolicy.EvictIdle });

    public bool Matches(CompiledRule rule, in PacketFacts packet, Timestamp now)
    {
        foreach ((AddressBit bit, uint number) in rule.AddressBits)
        {
            if (bit.Action <= FlowBitAction.IsNotSet && IsSet(bit, number, in packet, now) != (bit.Action == FlowBitAction.IsSet))
            {
                return false;
            }
        }

        return true;
    }

    public void Change(CompiledRule rule, in PacketFacts packet, Timestamp now)
    {
        foreach ((AddressBit bit, uint number) in rule.AddressBits)
        {
            if (bit.Action > FlowBitAction.IsNotSet)
            {
                bool value = bit.Action == FlowBitAction.Toggle ? !IsSet(bit, number, in packet, now) : bit.Action == FlowBitAction.Set;
                Change(bit, number, value, in packet, now);
            }
        }
    }

    public void Dispose() => _table.Dispose();

    private bool IsSet(AddressBit bit, uint number, in PacketFacts packet, Timestamp now) =>
        bit.Track == ThresholdTrack.Either
            ? IsSet(new Key(packet.Source, default, number), now) || IsSet(new Key(packet.Destination, default, number), now)
            : IsSet(KeyOf(bit, number, in packet), now);

    private bool IsSet(in Key key, Timestamp now)
    {
        FlowHandle handle = _table.Find(in key);
        return !handle.IsNone && _table[handle] > now.Nanoseconds;
    }

    private void Change(AddressBit bit, uint number, bool value, in PacketFacts packet, Timestamp now)
    {
        long until = value ? (now + TimeSpan.FromSeconds(bit.Seconds)).Nanoseconds : 0;
        if (bit.Track == ThresholdTrack.Either)
        {
            Set(new Key(packet.Source, default, number), until);
            Set(new Key(packet.Destination, default, number), until);
        }
        else
        {
            Set(KeyOf(bit, number, in packet), until);
        }
    }

    private void Set(in Key key, long until)
    {
        if (until == 0)
        {
            _ = _table.Remove(in key);
        }
        else if (_table.Add(in key, out FlowHandle handle) is not (FlowAddResult.Refused or FlowAddResult.Conflict))
        {
            _table[handle] = until;
        }
    }

    private static Key KeyOf(AddressBit bit, uint number, in PacketFacts packet)
    {
        if (bit.Track == ThresholdTrack.Both)
        {
            bool isOrdered = packet.Source <= packet.Destination;
            return new Key(isOrdered ? packet.Source : packet.Destination, isOrdered ? packet.Destination : packet.Source, number | 1UL << 32);
        }

        return new Key(bit.Track == ThresholdTrack.Source ? packet.Source : packet.Destination, default, number);
    }

    private readonly record struct Key(IPv6Address First, IPv6Address Second, ulong Bit);
}
