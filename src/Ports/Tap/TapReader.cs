using System.Runtime.InteropServices;
using Weft.Packets;
using Weft.Ports.Linux;
using Weft.Ports.Offload;

namespace Weft.Ports.Tap;

/// <summary>
/// Reads frames of a TAP device into a pool, and does on the way what the kernel left to do: completes checksums, and cuts superframes or, if the pool
/// has buffers for them, takes them whole.
/// </summary>
internal sealed unsafe class TapReader : IDisposable
{
    /// <summary>Superframes of one burst: as many as stay in the second-level cache until they are sent.</summary>
    private const int MaxWhole = 8;

    /// <summary>A tag that somebody may put in front.</summary>
    private const int TagBytes = 4;

    /// <summary>GSO stops at 64 KiB unless BIG TCP is configured on the device.</summary>
    private const int ScratchBytes = 65_536 + 256;

    /// <summary>A superframe that is being cut.</summary>
    private readonly byte* _scratch = (byte*)NativeMemory.AllocZeroed(ScratchBytes);
    private SuperframeSegmenter _segmenter;
    private int _length;

    /// <summary>True if segments of a superframe are still to be taken.</summary>
    public bool HasBegun => _segmenter.IsActive;

    /// <summary>Takes frames.</summary>
    /// <param name="queue">Where they come from; null if there are none but those begun.</param>
    /// <param name="pool">Where they go.</param>
    /// <param name="burst">Room for them.</param>
    /// <param name="counters">What is counted.</param>
    /// <param name="errno">Why the kernel had no more; 0 if it was not asked.</param>
    public int Receive(TapAttachment? queue, PacketPool pool, Span<Packet> burst, ref PortCounters counters, out int errno)
    {
        errno = 0;
        int received = 0;
        int whole = 0;
        while (received < burst.Length && whole < MaxWhole && pool.TryRent(out Packet packet))
        {
            if (!_segmenter.IsActive)
            {
                if (queue is null || !TryRead(queue, pool, ref packet, ref counters, out errno))
                {
                    pool.Return(packet);
                    if (queue is null || errno != 0)
                    {
                        break;
                    }

                    continue;
                }

                if (!_segmenter.IsActive)
                {
                    whole += pool.IsSuperframe(packet) ? 1 : 0;
                    Count(packet, ref counters);
                    burst[received++] = packet;
                    continue;
                }
            }

            packet.Length = _segmenter.MaxSegmentBytes;
            packet.Length = _segmenter.Next(new ReadOnlySpan<byte>(_scratch, _length), pool.Bytes(packet));
            Count(packet, ref counters);
            burst[received++] = packet;
        }

        return received;
    }

    /// <summary>Forgets the segments that were not taken yet, because their device is gone.</summary>
    public void Abandon() => _segmenter.Abandon();

    public void Dispose() => NativeMemory.Free(_scratch);

    /// <summary>
    /// Reads one frame into an ordinary buffer, with room behind it for the rest of a superframe. Leaves the frame in <paramref name="packet"/>, or a
    /// superframe in its place, or one to be cut and an active segmenter.
    /// </summary>
    /// <returns>False if there was none (<paramref name="errno"/> is not 0), or one that was counted.</returns>
    private bool TryRead(TapAttachment queue, PacketPool pool, ref Packet packet, ref PortCounters counters, out int errno)
    {
        VirtioNetHeader header = default;
        int room = pool.MaxPacketBytes;
        // Where its other octets are goes behind what it begins with, so that only that has to be moved.
        Packet superframe = default;
        bool hasBuffer = queue.HasHeader && pool.TryRentSuperframe(out superframe);
        byte* large = hasBuffer ? (byte*)pool.Address(superframe) : _scratch;
        int largeBytes = hasBuffer ? SuperframeLayout.MaxWholeBytes : ScratchBytes;
        int behind = Math.Max(room, largeBytes);
        byte spill;
        Libc.IoVector* vectors = stackalloc Libc.IoVector[4];
        (vectors[0].Base, vectors[0].Length) = ((nint)(&header), VirtioNetHeader.Length);
        (vectors[1].Base, vectors[1].Length) = (pool.Address(packet), room);
        (vectors[2].Base, vectors[2].Length) = ((nint)(large + room), behind - room);
        // What is longer than all that passes whole is cut. A frame longer than any room would be cut off in silence; a byte behind it tells.
        (vectors[3].Base, vectors[3].Length) = behind < ScratchBytes ? ((nint)(_scratch + behind), ScratchBytes - behind) : ((nint)(&spill), 1);
        nint read = queue.HasHeader ? Libc.readv(queue.Descriptor, vectors, 4) : Libc.readv(queue.Descriptor, vectors + 1, 3);
        errno = read < 0 ? Marshal.GetLastSystemError() : 0;
        int length = (int)read - (queue.HasHeader ? VirtioNetHeader.Length : 0);
        bool isSuperframe = header.GsoType != GsoType.None;
        bool isTaken = false;
        if (length <= 0)
        {
            // A read of nothing is no frame, and says nothing about the next.
            errno = errno == 0 ? Libc.EAGAIN : errno;
        }
        else if (length > (isSuperframe ? ScratchBytes - 1 : room))
        {
            counters.ReceivedOversize++;
        }
        else if (isSuperframe)
        {
            packet.Length = Math.Min(length, room);
            if (length > largeBytes)
            {
                // Too long to pass whole: it is put together where its end is already, to be cut.
                new ReadOnlySpan<byte>(large + room, behind - room).CopyTo(new Span<byte>(_scratch + room, behind - room));
                pool.Return(superframe);
                large = _scratch;
                hasBuffer = false;
            }

            pool.Bytes(packet).CopyTo(new Span<byte>(large, packet.Length));
            isTaken = TryTakeSuperframe(new Span<byte>(large, length), header, hasBuffer, pool, ref counters, out int headerBytes);
            if (headerBytes > 0)
            {
                pool.Return(packet);
                packet = superframe;
                packet.Length = length;
                pool.Describe(packet, header.WithHeaders(headerBytes));
                return true;
            }
        }
        else
        {
            packet.Length = length;
            isTaken = !header.NeedsChecksum || PartialChecksum.TryComplete(pool.Bytes(packet), header);
            counters.ReceivedGsoInvalid += isTaken ? 0 : 1;
        }

        if (hasBuffer)
        {
            pool.Return(superframe);
        }

        return isTaken;
    }

    /// <summary>Judges a superframe: it stays whole, and <paramref name="headerBytes"/> is not 0, or is to be cut.</summary>
    /// <returns>False if it can be neither, and is counted.</returns>
    private bool TryTakeSuperframe(Span<byte> bytes, in VirtioNetHeader header, bool hasBuffer, PacketPool pool, ref PortCounters counters, out int headerBytes)
    {
        headerBytes = 0;
        if (!SuperframeLayout.TryParse(bytes, header, out SuperframeLayout layout))
        {
            counters.ReceivedGsoInvalid++;
            return false;
        }

        if (Math.Min(bytes.Length, layout.HeaderBytes + layout.SegmentBytes) > pool.MaxPacketBytes)
        {
            counters.ReceivedOversize++;
            return false;
        }

        if (hasBuffer && layout.CanPassWhole(bytes.Length, pool.MaxPacketBytes - TagBytes))
        {
            headerBytes = layout.HeaderBytes;
            return true;
        }

        if (hasBuffer)
        {
            bytes.CopyTo(new Span<byte>(_scratch, ScratchBytes));
        }

        _length = bytes.Length;
        _segmenter.Begin(bytes, layout);
        return true;
    }

    private static void Count(in Packet packet, ref PortCounters counters)
    {
        counters.ReceivedFrames++;
        counters.ReceivedBytes += packet.Length;
    }
}
