using System.Runtime.CompilerServices;
using Weft.Ports.Offload;

namespace Weft.Ports;

/// <summary>
/// Superframes: TCP segments or UDP datagrams of one connection that a sender's kernel left to a device to cut, in one buffer of 64 KiB with a description of what
/// is left to do. They are rented by ports alone; everybody else may read them, rewrite what lies in front of their IP header, send them to ports that
/// take them (<see cref="PortCapabilities.Takes"/>) and cut them.
/// </summary>
public sealed unsafe partial class PacketPool
{
    /// <summary>Most frames of which a superframe consists.</summary>
    public const int MaxSuperframeFrames = 64;

    private readonly int[] _freeSuperframes;
    private readonly int _firstSuperframe;
    private int _freeSuperframeCount;

    /// <summary>True if one of this pool's superframes is rented: a look at each packet is only worth it then. Those of other pools of the group are not known.</summary>
    public bool LentSuperframes => _freeSuperframeCount < _freeSuperframes.Length;

    /// <summary>True if the pools of the group have buffers for superframes.</summary>
    public bool HasSuperframes => _freeSuperframes.Length > 0;

    /// <summary>True if a packet is a superframe. Its checksum and those of its parts are not finished.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsSuperframe(scoped in Packet packet) => packet.Buffer >= _frames;

    /// <summary>Length of the longest frame that a packet becomes on a wire: of a superframe that of its first part, of others their own.</summary>
    public int LongestFrame(scoped in Packet packet) =>
        IsSuperframe(packet) && TryLayOut(packet, out SuperframeLayout layout) ? Math.Min(packet.Length, layout.HeaderBytes + layout.SegmentBytes) : packet.Length;

    /// <summary>
    /// Cuts a superframe into the frames that belong on a wire, finished, each in a buffer of its own that the caller owns; the superframe stays as it
    /// is, and the caller's. Costs a copy and a checksum of every byte.
    /// </summary>
    /// <param name="superframe">What to cut.</param>
    /// <param name="frames">Room for its frames, at most <see cref="MaxSuperframeFrames"/>.</param>
    /// <returns>Frames; 0, and nothing rented, if there is no room or are no buffers for all of them.</returns>
    public int Cut(scoped in Packet superframe, Span<Packet> frames)
    {
        if (!IsSuperframe(superframe) || !TryLayOut(superframe, out SuperframeLayout layout) || superframe.Offset + layout.HeaderBytes + layout.SegmentBytes > BufferBytes)
        {
            return 0;
        }

        int count = layout.SegmentsOf(superframe.Length);
        if (count > frames.Length || (count > _freeCount && (!TryCollect() || count > _freeCount)))
        {
            return 0;
        }

        ReadOnlySpan<byte> whole = Bytes(superframe);
        var segmenter = new SuperframeSegmenter();
        segmenter.Begin(whole, layout);
        for (int i = 0; i < count; i++)
        {
            _ = TryRent(out frames[i]);
            // What was put in front of the superframe has taken as much headroom there.
            frames[i].Offset = superframe.Offset;
            frames[i].Length = segmenter.MaxSegmentBytes;
            frames[i].Length = segmenter.Next(whole, Bytes(frames[i]));
        }

        return count;
    }

    /// <summary>Rents a buffer for a superframe; the packet starts behind the headroom with length 0.</summary>
    /// <returns>False if every one is rented.</returns>
    internal bool TryRentSuperframe(out Packet packet)
    {
        packet = default;
        if (_freeSuperframeCount == 0 && _freeSuperframes.Length > 0)
        {
            _ = TryCollect();
        }

        if (_freeSuperframeCount == 0 || _memory == null)
        {
            return false;
        }

        int buffer = _freeSuperframes[--_freeSuperframeCount];
        packet.Buffer = buffer;
        packet.Offset = HeadroomBytes;
        packet.Generation = ++_generations[buffer];
        return true;
    }

    /// <summary>Says what is left to do to a superframe that was just filled.</summary>
    internal void Describe(in Packet superframe, in VirtioNetHeader header) => DescriptionOf(superframe) = header.Shifted(superframe.Offset);

    /// <summary>What is left to do to a superframe, counted from its first byte now.</summary>
    internal VirtioNetHeader Description(scoped in Packet superframe) => DescriptionOf(superframe).Shifted(-superframe.Offset);

    /// <summary>Writes the description right in front of a superframe, where the kernel wants it. Whoever shares the packet may do the same.</summary>
    /// <returns>Where it begins.</returns>
    internal nint Prefix(scoped in Packet superframe)
    {
        // There is always room: the buffer's own description lies at the start of a prefix that is several times as long.
        nint at = Address(superframe) - VirtioNetHeader.Length;
        Unsafe.WriteUnaligned((void*)at, Description(superframe));
        return at;
    }

    private bool TryLayOut(scoped in Packet superframe, out SuperframeLayout layout) => SuperframeLayout.TryParse(Bytes(superframe), Description(superframe), out layout);

    private bool TryCopySuperframe(in Packet packet, out Packet copy)
    {
        if (!TryRentSuperframe(out copy))
        {
            return false;
        }

        copy.Offset = packet.Offset;
        copy.Length = packet.Length;
        Bytes(packet).CopyTo(Bytes(copy));
        DescriptionOf(copy) = DescriptionOf(packet);
        return true;
    }

    /// <summary>The description is kept as counted from the start of the buffer, so that it stays right whatever is put in front of the packet or taken off.</summary>
    private ref VirtioNetHeader DescriptionOf(scoped in Packet superframe) =>
        ref Unsafe.AsRef<VirtioNetHeader>((byte*)Unsafe.AsPointer(ref SuperframeRoom(superframe)[0]) - PacketMemory.SuperframePrefix);

    private Span<byte> SuperframeRoom(scoped in Packet packet)
    {
        // Invariant: only numbers between ordinary buffers and all buffers of the group reach this memory, and each buffer is SuperframeBytes long.
        if (packet.Buffer < _frames || (uint)packet.Buffer >= (uint)_generations.Length || _memory == null)
        {
            ThrowNotRented();
        }

        return new Span<byte>(_shared.FirstSuperframe + (packet.Buffer - _frames) * _shared.SuperframeStride, _shared.SuperframeBytes);
    }

    private int RoomBytes(scoped in Packet packet) => IsSuperframe(packet) ? _shared.SuperframeBytes : BufferBytes;

    /// <summary>A superframe, or a buffer of another pool of the group.</summary>
    private void ReturnOther(int buffer)
    {
        if ((uint)(buffer - _firstSuperframe) < (uint)_freeSuperframes.Length)
        {
            _freeSuperframes[_freeSuperframeCount++] = buffer;
        }
        else
        {
            _shared.SendHome(buffer);
        }
    }
}
