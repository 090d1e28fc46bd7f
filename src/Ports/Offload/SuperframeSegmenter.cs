using System.Buffers.Binary;

namespace Weft.Ports.Offload;

/// <summary>
/// Cuts a superframe, which a sender's kernel left to the device to cut, into the frames that belong on a wire. It can stop
/// after any segment and go on later, so one superframe may be spread over several bursts.
/// </summary>
internal struct SuperframeSegmenter
{
    private const byte TcpFin = 0x01;
    private const byte TcpPsh = 0x08;
    private const byte TcpCwr = 0x80;
    private SuperframeLayout _layout;
    private int _done;
    private int _index;

    /// <summary>True while segments are left.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Longest segment of the superframe.</summary>
    public int MaxSegmentBytes { get; private set; }

    /// <summary>Starts a superframe.</summary>
    /// <returns>False if frame and description contradict each other.</returns>
    public bool TryBegin(ReadOnlySpan<byte> superframe, in VirtioNetHeader header)
    {
        if (SuperframeLayout.TryParse(superframe, header, out SuperframeLayout layout))
        {
            Begin(superframe, layout);
            return true;
        }

        IsActive = false;
        return false;
    }

    /// <summary>Starts a superframe whose headers are found already.</summary>
    public void Begin(ReadOnlySpan<byte> superframe, in SuperframeLayout layout)
    {
        _layout = layout;
        MaxSegmentBytes = Math.Min(superframe.Length, layout.HeaderBytes + layout.SegmentBytes);
        _done = 0;
        _index = 0;
        IsActive = true;
    }

    /// <summary>Gives up the rest.</summary>
    public void Abandon() => IsActive = false;

    /// <summary>Writes the next segment with all lengths and checksums in order.</summary>
    /// <param name="superframe">The same bytes as at the beginning.</param>
    /// <param name="segment">Room for at least <see cref="MaxSegmentBytes"/>.</param>
    /// <returns>Bytes of the segment.</returns>
    public int Next(ReadOnlySpan<byte> superframe, Span<byte> segment)
    {
        int header = _layout.HeaderBytes;
        ReadOnlySpan<byte> rest = superframe[(header + _done)..];
        ReadOnlySpan<byte> payload = rest[..Math.Min(rest.Length, _layout.SegmentBytes)];
        bool isLast = payload.Length == rest.Length;

        segment = segment[..(header + payload.Length)];
        superframe[..header].CopyTo(segment);
        payload.CopyTo(segment[header..]);

        // Inside out: an outer checksum covers the inner one.
        _layout.Inner.WriteLength(segment, _index);
        WriteTransport(segment, isLast);
        if (_layout.IsTunnelled)
        {
            _layout.Outer.WriteLength(segment, _index);
            bool hasChecksum = BinaryPrimitives.ReadUInt16BigEndian(segment[(_layout.Outer.Transport + 6)..]) != 0;
            WriteUdp(segment, _layout.Outer, hasChecksum);
        }

        _done += payload.Length;
        _index++;
        IsActive = !isLast;
        return segment.Length;
    }

    private readonly void WriteTransport(Span<byte> segment, bool isLast)
    {
        if (_layout.Inner.Protocol == IpLayer.Udp)
        {
            WriteUdp(segment, _layout.Inner, hasChecksum: true);
            return;
        }

        Span<byte> tcp = segment[_layout.Inner.Transport..];
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence + (uint)_done);
        // What ends a burst belongs to its last segment, what reports a reduced window to its first (RFC 3168 6.1.2).
        int cleared = (isLast ? 0 : TcpFin | TcpPsh) | (_index == 0 ? 0 : TcpCwr);
        tcp[13] &= (byte)~cleared;
        tcp.Slice(16, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], _layout.Inner.TransportChecksum(segment));
    }

    private static void WriteUdp(Span<byte> segment, IpLayer layer, bool hasChecksum)
    {
        Span<byte> udp = segment[layer.Transport..];
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        udp.Slice(6, 2).Clear();
        if (hasChecksum)
        {
            ushort checksum = layer.TransportChecksum(segment);
            BinaryPrimitives.WriteUInt16BigEndian(udp[6..], checksum == 0 ? ushort.MaxValue : checksum);
        }
    }
}
