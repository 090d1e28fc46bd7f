using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Weft.Ports.Offload;

namespace Weft.Ports.AfPacket;

/// <summary>
/// Takes frames out of a ring into a pool and does on the way what the sender left to the device: puts VLAN tags back,
/// completes checksums, and cuts superframes or, if the pool has buffers for them, takes them whole.
/// </summary>
internal sealed unsafe class OffloadedReceiver : IDisposable
{
    private const int TagBytes = 4;
    private const int AddressBytes = 12;

    /// <summary>Where a superframe starts in its buffer: room in front for the kernel's description, or for a tag.</summary>
    private const int SuperframeAt = 16;

    /// <summary>GSO stops at 64 KiB unless BIG TCP is configured on the device; a longer frame is counted as oversize.</summary>
    private const int SuperframeBytes = SuperframeAt + 65_536 + 256;

    /// <summary>Superframes of one burst: as many as stay in the second-level cache until they are sent.</summary>
    private const int MaxWhole = 8;

    private readonly byte* _superframe = (byte*)NativeMemory.AllocZeroed(SuperframeBytes);
    private SuperframeSegmenter _segmenter;
    private int _start;
    private int _length;

    /// <summary>True if segments of a superframe are still to be taken.</summary>
    public bool HasBegun => _segmenter.IsActive;

    private ReadOnlySpan<byte> Superframe => new(_superframe + _start, _length);

    public int Receive(AfPacketAttachment attachment, PacketPool pool, Span<Packet> burst, ref PortCounters counters, bool takesNew = true)
    {
        int received = 0;
        int whole = 0;
        // Nothing is taken from the kernel unless there is a buffer for it.
        while (received < burst.Length && whole < MaxWhole && pool.Available > 0)
        {
            if (!_segmenter.IsActive)
            {
                if (!takesNew || !attachment.Ring.TryPeek(out RingFrame frame))
                {
                    break;
                }

                VirtioNetHeader offload = frame.Offload;
                if (frame.HasTag)
                {
                    offload = offload.Shifted(TagBytes);
                }

                if (!frame.IsTruncated && offload.GsoType == GsoType.None)
                {
                    if (TryTake(frame, offload, pool, out burst[received], ref counters))
                    {
                        received++;
                    }

                    attachment.Ring.Release();
                    continue;
                }

                if (CanTakeWhole(frame, pool, out SuperframeLayout layout) && pool.TryRentSuperframe(out Packet superframe))
                {
                    if (TryTakeWhole(frame, attachment, layout, pool, ref superframe, ref counters))
                    {
                        burst[received++] = superframe;
                        whole++;
                    }

                    attachment.Ring.Release();
                    continue;
                }

                TakeSuperframe(frame, attachment, offload, pool, ref counters);
                attachment.Ring.Release();
                if (!_segmenter.IsActive)
                {
                    if (_length > 0)
                    {
                        burst[received++] = TakeWhole(pool, ref counters);
                    }

                    continue;
                }
            }

            _ = pool.TryRent(out Packet segment);
            segment.Length = _segmenter.MaxSegmentBytes;
            segment.Length = _segmenter.Next(Superframe, pool.Bytes(segment));
            Count(segment, ref counters);
            burst[received++] = segment;
        }

        return received;
    }

    /// <summary>Forgets the segments that were not taken yet, because their device is gone.</summary>
    public void Abandon() => _segmenter.Abandon();

    public void Dispose() => NativeMemory.Free(_superframe);

    /// <summary>The usual case: a frame that fits its slot and is to stay whole.</summary>
    private static bool TryTake(in RingFrame frame, in VirtioNetHeader offload, PacketPool pool, out Packet packet, ref PortCounters counters)
    {
        packet = default;
        int length = frame.Captured + (frame.HasTag ? TagBytes : 0);
        if (length > pool.MaxPacketBytes)
        {
            counters.ReceivedOversize++;
            return false;
        }

        _ = pool.TryRent(out packet);
        packet.Length = length;
        Span<byte> bytes = pool.Bytes(packet);
        ReadOnlySpan<byte> source = frame.Bytes;
        if (frame.HasTag)
        {
            // The kernel takes a tag only off a frame that had a whole Ethernet header around it.
            source[..AddressBytes].CopyTo(bytes);
            BinaryPrimitives.WriteUInt32BigEndian(bytes[AddressBytes..], frame.Tag);
            source[AddressBytes..].CopyTo(bytes[(AddressBytes + TagBytes)..]);
        }
        else
        {
            source.CopyTo(bytes);
        }

        if (offload.NeedsChecksum && !PartialChecksum.TryComplete(bytes, offload))
        {
            counters.ReceivedGsoInvalid++;
            pool.Return(packet);
            return false;
        }

        Count(packet, ref counters);
        return true;
    }

    /// <summary>True if a frame is a superframe that others can send as it is. Its headers are in the ring even if the rest is not.</summary>
    private static bool CanTakeWhole(in RingFrame frame, PacketPool pool, out SuperframeLayout layout)
    {
        layout = default;
        return pool.HasSuperframes && frame.Offload.GsoType != GsoType.None
            && SuperframeLayout.TryParse(frame.Bytes, frame.Offload, out layout)
            && layout.CanPassWhole(frame.Length, pool.MaxPacketBytes - TagBytes);
    }

    /// <summary>Takes a superframe into a buffer of the pool, with a description of what is left to do.</summary>
    /// <returns>False, and the buffer is returned, if the kernel has lost it.</returns>
    private static bool TryTakeWhole(in RingFrame frame, AfPacketAttachment attachment, in SuperframeLayout layout, PacketPool pool, ref Packet packet, ref PortCounters counters)
    {
        packet.Length = frame.Length;
        Span<byte> bytes = pool.Bytes(packet);
        if (frame.IsTruncated)
        {
            // The kernel's description comes first, into the headroom.
            byte* at = (byte*)pool.Address(packet) - VirtioNetHeader.Length;
            if (!frame.HasCopy || attachment.FetchCopy(at, VirtioNetHeader.Length + frame.Length) != VirtioNetHeader.Length + frame.Length)
            {
                counters.ReceivedLost++;
                pool.Return(packet);
                return false;
            }
        }
        else
        {
            frame.Bytes.CopyTo(bytes);
        }

        pool.Describe(packet, frame.Offload.WithHeaders(layout.HeaderBytes));
        if (frame.HasTag)
        {
            _ = PacketPool.TryPrepend(ref packet, TagBytes);
            bytes = pool.Bytes(packet);
            bytes.Slice(TagBytes, AddressBytes).CopyTo(bytes);
            BinaryPrimitives.WriteUInt32BigEndian(bytes[AddressBytes..], frame.Tag);
        }

        Count(packet, ref counters);
        return true;
    }

    /// <summary>
    /// Copies a frame that is to be cut, or did not fit its slot, to where it stays until all of it has been taken. Leaves
    /// either an active segmenter, or a frame to be taken whole, or a length of 0 and a reason counted.
    /// </summary>
    private void TakeSuperframe(in RingFrame frame, AfPacketAttachment attachment, VirtioNetHeader offload, PacketPool pool, ref PortCounters counters)
    {
        _start = SuperframeAt;
        _length = 0;
        int length = frame.Captured;
        if (frame.IsTruncated)
        {
            if (!frame.HasCopy)
            {
                // The queue for long frames was full.
                counters.ReceivedLost++;
                return;
            }

            length = (int)attachment.FetchCopy(_superframe + SuperframeAt - VirtioNetHeader.Length, SuperframeBytes - SuperframeAt + VirtioNetHeader.Length) - VirtioNetHeader.Length;
        }
        else
        {
            frame.Bytes.CopyTo(new Span<byte>(_superframe + SuperframeAt, length));
        }

        if (length < AddressBytes)
        {
            counters.ReceivedLost++;
            return;
        }

        if (length > SuperframeBytes - SuperframeAt)
        {
            counters.ReceivedOversize++;
            return;
        }

        if (frame.HasTag)
        {
            RestoreTag(frame.Tag);
            length += TagBytes;
        }

        Accept(length, offload, pool, ref counters);
    }

    private void Accept(int length, in VirtioNetHeader offload, PacketPool pool, ref PortCounters counters)
    {
        var bytes = new Span<byte>(_superframe + _start, length);
        bool isWhole = offload.GsoType == GsoType.None;
        bool isValid = isWhole
            ? !offload.NeedsChecksum || PartialChecksum.TryComplete(bytes, offload)
            : _segmenter.TryBegin(bytes, offload);
        if (!isValid)
        {
            counters.ReceivedGsoInvalid++;
        }
        else if ((isWhole ? length : _segmenter.MaxSegmentBytes) > pool.MaxPacketBytes)
        {
            _segmenter.Abandon();
            counters.ReceivedOversize++;
        }
        else
        {
            _length = length;
        }
    }

    private void RestoreTag(uint tag)
    {
        _start = SuperframeAt - TagBytes;
        var from = new Span<byte>(_superframe + SuperframeAt, AddressBytes);
        from.CopyTo(new Span<byte>(_superframe + _start, AddressBytes));
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(_superframe + _start + AddressBytes, TagBytes), tag);
    }

    private Packet TakeWhole(PacketPool pool, ref PortCounters counters)
    {
        _ = pool.TryRent(out Packet packet);
        packet.Length = _length;
        Superframe.CopyTo(pool.Bytes(packet));
        Count(packet, ref counters);
        return packet;
    }

    private static void Count(in Packet packet, ref PortCounters counters)
    {
        counters.ReceivedFrames++;
        counters.ReceivedBytes += packet.Length;
    }
}
