namespace Weft.Host.Datapath;

/// <summary>Slots that wait for one stage, in the order of the burst.</summary>
internal sealed class StageQueue(int capacity)
{
    private ushort[] _slots = new ushort[capacity];
    private ushort[] _taken = new ushort[capacity];

    /// <summary>Slots that wait.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Adds a slot behind all slots of the same or an earlier packet. Packets that took a detour are the exception, so the
    /// search from the end nearly always stops at once.
    /// </summary>
    public void Add(ushort slot, PacketContext[] contexts)
    {
        int at = Count++;
        ushort order = contexts[slot].Order;
        while (at > 0 && contexts[_slots[at - 1]].Order > order)
        {
            _slots[at] = _slots[at - 1];
            at--;
        }

        _slots[at] = slot;
    }

    /// <summary>Bytes of the packets that wait.</summary>
    public long Bytes(PacketContext[] contexts)
    {
        long bytes = 0;
        foreach (ushort slot in new ReadOnlySpan<ushort>(_slots, 0, Count))
        {
            bytes += contexts[slot].Packet.Length;
        }

        return bytes;
    }

    /// <summary>
    /// Empties the queue. The span is good until the next call: a stage that is given slots may hand others to itself meanwhile, as the
    /// bridge does when a router hears of a neighbour that several packets wait for.
    /// </summary>
    public ReadOnlySpan<ushort> TakeAll()
    {
        (_slots, _taken) = (_taken, _slots);
        var taken = new ReadOnlySpan<ushort>(_taken, 0, Count);
        Count = 0;
        return taken;
    }

    /// <summary>Puts the tail of what was just taken back, ahead of anything added since or later.</summary>
    public void PutBack(ReadOnlySpan<ushort> rest)
    {
        _slots.AsSpan(0, Count).CopyTo(_slots.AsSpan(rest.Length));
        rest.CopyTo(_slots);
        Count += rest.Length;
    }
}
