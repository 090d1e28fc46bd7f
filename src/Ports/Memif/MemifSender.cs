namespace Weft.Ports.Memif;

/// <summary>The end of a ring into which frames are put.</summary>
internal sealed class MemifSender(MemifRing ring, MemifBuffers buffers) : IDisposable
{
    /// <summary>Buffers that are fetched ahead of the one that is written.</summary>
    private const int Ahead = 4;

    private ushort _own = buffers.IsOwn ? (ushort)0 : ring.Tail;

    /// <summary>Puts frames into the ring.</summary>
    /// <returns>How many of the burst are done with; -1 if the peer's place in the ring, or what it lends, is none.</returns>
    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, int longest, ref PortCounters counters)
    {
        int room = buffers.IsOwn ? ring.Slots - (ushort)(_own - ring.Tail) : (ushort)(ring.Head - _own);
        if (room < 0 || room > ring.Slots)
        {
            return -1;
        }

        ushort before = _own;
        int done = 0;
        while (done < burst.Length)
        {
            if (room > Ahead)
            {
                ushort next = (ushort)(_own + Ahead);
                buffers.Prefetch(next, buffers.IsOwn ? default : ring.Read(next));
            }

            ref readonly Packet packet = ref burst[done];
            if (packet.Length > longest)
            {
                counters.SendOversize++;
                done++;
                continue;
            }

            int used = Put(pool.Bytes(packet), room);
            if (used <= 0)
            {
                if (used < 0)
                {
                    return -1;
                }

                break;
            }

            room -= used;
            _own += (ushort)used;
            counters.SentFrames++;
            counters.SentBytes += packet.Length;
            done++;
        }

        if (_own != before)
        {
            Publish();
        }

        return done;
    }

    public void Dispose() => ring.Dispose();

    private void Publish()
    {
        if (buffers.IsOwn)
        {
            ring.Head = _own;
        }
        else
        {
            ring.Tail = _own;
        }

        ring.Notify();
    }

    /// <summary>Writes a frame into as many buffers as it needs.</summary>
    /// <returns>How many; 0 if there are too few, -1 if one of them is none.</returns>
    private int Put(ReadOnlySpan<byte> frame, int room)
    {
        int used = 0;
        for (ReadOnlySpan<byte> rest = frame; used == 0 || !rest.IsEmpty; used++)
        {
            if (used == room)
            {
                return 0;
            }

            ushort index = (ushort)(_own + used);
            MemifRing.Descriptor descriptor = buffers.IsOwn ? buffers.Own(index, buffers.Bytes) : ring.Read(index);
            int length = (int)Math.Min((uint)rest.Length, descriptor.Length);
            if ((length == 0 && !rest.IsEmpty) || !buffers.TryFind(index, descriptor, (uint)length, out Span<byte> buffer))
            {
                return -1;
            }

            rest[..length].CopyTo(buffer);
            rest = rest[length..];
            descriptor.Length = (uint)length;
            descriptor.Flags = rest.IsEmpty ? (ushort)0 : MemifRing.Descriptor.HasNext;
            ring.Write(index, descriptor);
        }

        return used;
    }
}
