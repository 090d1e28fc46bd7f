namespace Weft.Ports.Memif;

/// <summary>The end of a ring at which frames come out.</summary>
internal sealed class MemifReceiver(MemifRing ring, MemifBuffers buffers) : IDisposable
{
    /// <summary>Frames that are fetched ahead of the one that is copied.</summary>
    private const int Ahead = 4;

    private ushort _own = buffers.IsOwn ? (ushort)0 : ring.Tail;
    private bool _isMasked = true;

    public MemifRing Ring => ring;

    private ushort Published => buffers.IsOwn ? ring.Tail : ring.Head;

    /// <summary>Lends all buffers to the peer, if they are of this side.</summary>
    public void Begin()
    {
        if (buffers.IsOwn)
        {
            for (int slot = 0; slot < ring.Slots; slot++)
            {
                ring.Write((ushort)slot, buffers.Own((ushort)slot, buffers.Bytes));
            }

            ring.Head = (ushort)ring.Slots;
        }
    }

    /// <summary>Takes frames.</summary>
    /// <returns>How many; -1 if the peer's place in the ring is none.</returns>
    public int Receive(PacketPool pool, Span<Packet> burst, ref PortCounters counters)
    {
        int ready = (ushort)(Published - _own);
        if (ready > ring.Slots)
        {
            return -1;
        }

        if (ready == 0)
        {
            return 0;
        }

        Mask();
        for (int ahead = 0; ahead < Math.Min(ready, Ahead); ahead++)
        {
            buffers.Prefetch((ushort)(_own + ahead), ring.Read((ushort)(_own + ahead)));
        }

        int received = 0;
        while (ready > 0 && received < burst.Length && pool.TryRent(out Packet packet))
        {
            if (ready > Ahead)
            {
                buffers.Prefetch((ushort)(_own + Ahead), ring.Read((ushort)(_own + Ahead)));
            }

            bool isWhole = TryGather(pool, ref packet, ready, out int used, ref counters);
            ready -= used;
            _own += (ushort)used;
            if (isWhole)
            {
                burst[received++] = packet;
                counters.ReceivedFrames++;
                counters.ReceivedBytes += packet.Length;
            }
            else
            {
                pool.Return(packet);
            }
        }

        if (buffers.IsOwn)
        {
            ring.Head = (ushort)(_own + ring.Slots);
        }
        else
        {
            ring.Tail = _own;
        }

        return received;
    }

    /// <summary>Has the peer wake whoever sleeps on the ring's descriptor; if something came already, it is awake at once.</summary>
    public void Arm()
    {
        if (_isMasked)
        {
            _isMasked = false;
            ring.MaskInterrupts(false);
        }

        if (Published != _own)
        {
            ring.Wake();
        }
    }

    public void Dispose() => ring.Dispose();

    /// <summary>While frames are taken as they come nobody needs to be woken.</summary>
    private void Mask()
    {
        if (!_isMasked)
        {
            _isMasked = true;
            ring.MaskInterrupts(true);
            ring.ClearInterrupt();
        }
    }

    /// <summary>Copies the pieces of one frame: what the peer changes afterwards changes nothing here.</summary>
    private bool TryGather(PacketPool pool, ref Packet packet, int ready, out int used, ref PortCounters counters)
    {
        bool isGood = true, fits = true, goesOn = true;
        int length = 0;
        for (used = 0; goesOn && used < ready; used++)
        {
            ushort index = (ushort)(_own + used);
            MemifRing.Descriptor descriptor = ring.Read(index);
            goesOn = (descriptor.Flags & MemifRing.Descriptor.HasNext) != 0;
            isGood &= buffers.TryFind(index, descriptor, descriptor.Length, out Span<byte> piece);
            fits &= piece.Length <= pool.MaxPacketBytes - length;
            if (isGood && fits)
            {
                packet.Length = length + piece.Length;
                piece.CopyTo(pool.Bytes(packet)[length..]);
                length += piece.Length;
            }

            if (buffers.IsOwn)
            {
                ring.Write(index, buffers.Own(index, buffers.Bytes));
            }
        }

        isGood &= !goesOn && (length > 0 || !fits);
        counters.ReceivedLost += isGood ? 0 : 1;
        counters.ReceivedOversize += isGood && !fits ? 1 : 0;
        return isGood && fits;
    }
}
