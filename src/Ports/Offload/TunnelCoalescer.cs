using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Ports.Offload;

/// <summary>
/// Makes one superframe of the TCP segments that come in the datagrams of a tunnel, one behind another: what generic receive offload does, here with
/// nothing left to chance. It is done only if cutting the result again gives every octet of what came, checksums of the segments included: each of them
/// is verified, so damage that happened before the tunnel is passed on to whoever can see it, and not covered by a new checksum.
/// </summary>
internal static class TunnelCoalescer
{
    private const byte TcpFin = 0x01;
    private const byte TcpSyn = 0x02;
    private const byte TcpRst = 0x04;
    private const byte TcpPsh = 0x08;
    private const byte TcpUrg = 0x20;
    private const byte TcpCwr = 0x80;
    private const int IdentificationOffset = 4;
    private const int SequenceOffset = 4;
    private const int FlagsOffset = 13;
    private const int ChecksumOffset = 16;
    private const int UdpLengthOffset = 4;
    private const int UdpChecksumOffset = 6;

    /// <summary>Coalesces in place.</summary>
    /// <param name="superframe">Datagrams of a tunnel.</param>
    /// <param name="outer">Where their headers are.</param>
    /// <param name="length">Bytes of the result, of which the first header is that of the tunnel.</param>
    /// <param name="description">What is left to do to it.</param>
    /// <returns>False, and nothing changed, if they are anything but segments of one connection in order.</returns>
    public static bool TryCoalesce(Span<byte> superframe, in SuperframeLayout outer, out int length, out VirtioNetHeader description)
    {
        (length, description) = (0, default);
        int count = outer.SegmentsOf(superframe.Length);
        if (outer.Kind != SuperframeKind.Udp || count < 2 || !TryFindFrame(superframe, outer, out SuperframeLayout frame))
        {
            return false;
        }

        ReadOnlySpan<byte> datagrams = superframe[outer.HeaderBytes..];
        ReadOnlySpan<byte> first = datagrams[..outer.SegmentBytes];
        ReadOnlySpan<byte> last = datagrams[((count - 1) * outer.SegmentBytes)..];
        int tcp = frame.Inner.Transport;
        if (last.Length <= frame.HeaderBytes || (first[tcp + FlagsOffset] & (TcpSyn | TcpRst | TcpUrg)) != 0)
        {
            return false;
        }

        byte flags = (byte)(first[tcp + FlagsOffset] | (last[tcp + FlagsOffset] & (TcpFin | TcpPsh)));
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> rest = datagrams[(i * outer.SegmentBytes)..];
            if (!Follows(first, rest[..Math.Min(rest.Length, outer.SegmentBytes)], frame, i, FlagsOf(flags, i, count)))
            {
                return false;
            }
        }

        length = Gather(superframe, outer, frame, count);
        Finish(superframe[..length], outer, frame, flags);
        GsoType type = frame.Inner.IsV6 ? GsoType.TcpV6 : GsoType.TcpV4;
        description = new VirtioNetHeader(needsChecksum: true, type, frame.SegmentBytes, outer.HeaderBytes + tcp, ChecksumOffset, outer.HeaderBytes + frame.HeaderBytes);
        description = (flags & TcpCwr) != 0 ? description.WithReducedWindow() : description;
        return true;
    }

    /// <summary>Finds the headers in the first datagram, from whose start offsets count.</summary>
    private static bool TryFindFrame(ReadOnlySpan<byte> superframe, in SuperframeLayout outer, out SuperframeLayout frame)
    {
        frame = default;
        ReadOnlySpan<byte> datagram = superframe.Slice(outer.HeaderBytes, outer.SegmentBytes);
        if (!IsPlainTunnel(datagram)
            || !IpLayer.TryFind(datagram, SuperframeLayout.TunnelHeaderBytes, out IpLayer ip)
            || !SuperframeLayout.TryFindPayload(datagram, ip, ip.IsV6 ? GsoType.TcpV6 : GsoType.TcpV4, out int payload)
            || payload >= datagram.Length)
        {
            return false;
        }

        frame = new SuperframeLayout(ip, default, IsTunnelled: false, payload, datagram.Length - payload);
        return true;
    }

    /// <summary>True for VXLAN (RFC 7348) and VXLAN-GPE around Ethernet with a VNI and nothing else, and Geneve (RFC 8926) without options or flags.</summary>
    private static bool IsPlainTunnel(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= SuperframeLayout.TunnelHeaderBytes
        && BinaryPrimitives.ReadUInt32BigEndian(datagram) is 0x0800_0000 or 0x0C00_0003 or 0x0000_6558
        && datagram[SuperframeLayout.TunnelHeaderBytes - 1] == 0;

    /// <summary>What a segment has of the flags of the whole: see <see cref="SuperframeSegmenter"/>.</summary>
    private static byte FlagsOf(byte flags, int index, int count) =>
        (byte)(flags & ~((index == count - 1 ? 0 : TcpFin | TcpPsh) | (index == 0 ? 0 : TcpCwr)));

    /// <summary>True if a datagram is the one that cutting would put at a place, octet by octet.</summary>
    private static bool Follows(ReadOnlySpan<byte> first, ReadOnlySpan<byte> datagram, in SuperframeLayout frame, int index, byte flags)
    {
        IpLayer ip = frame.Inner;
        int tcp = ip.Transport;
        if (!ip.FitsFrame(datagram) || !datagram[..ip.Start].SequenceEqual(first[..ip.Start]))
        {
            return false;
        }

        // Between these lie the fields that differ: length, identification and checksum of IPv4, length of IPv6.
        bool isSameNetwork = ip.IsV6
            ? Same(first, datagram, ip.Start, 4) && Same(first, datagram, ip.Start + 6, tcp - ip.Start - 6)
            : Same(first, datagram, ip.Start, 2) && Same(first, datagram, ip.Start + 6, 4) && Same(first, datagram, ip.Start + 12, tcp - ip.Start - 12)
                && Word(datagram, ip.Start + IdentificationOffset) == (ushort)(Word(first, ip.Start + IdentificationOffset) + index);
        return isSameNetwork
            && Same(first, datagram, tcp, SequenceOffset) && Same(first, datagram, tcp + 8, 5) && Same(first, datagram, tcp + 14, 2) && Same(first, datagram, tcp + 18, frame.HeaderBytes - tcp - 18)
            && BinaryPrimitives.ReadUInt32BigEndian(datagram[(tcp + SequenceOffset)..]) == BinaryPrimitives.ReadUInt32BigEndian(first[(tcp + SequenceOffset)..]) + (uint)(index * frame.SegmentBytes)
            && datagram[tcp + FlagsOffset] == flags
            // All ones is zero to who adds, but not what cutting writes.
            && Word(datagram, tcp + ChecksumOffset) != ushort.MaxValue
            && InternetChecksum.IsValid(datagram[tcp..], ip.PseudoHeader(datagram));
    }

    private static bool Same(ReadOnlySpan<byte> first, ReadOnlySpan<byte> datagram, int at, int length) => first.Slice(at, length).SequenceEqual(datagram.Slice(at, length));

    private static ushort Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    /// <summary>Moves the payloads together.</summary>
    /// <returns>Bytes of the result.</returns>
    private static int Gather(Span<byte> superframe, in SuperframeLayout outer, in SuperframeLayout frame, int count)
    {
        int end = outer.HeaderBytes + outer.SegmentBytes;
        for (int i = 1; i < count; i++)
        {
            Span<byte> rest = superframe[(outer.HeaderBytes + i * outer.SegmentBytes)..];
            ReadOnlySpan<byte> payload = rest[frame.HeaderBytes..Math.Min(rest.Length, outer.SegmentBytes)];
            payload.CopyTo(superframe[end..]);
            end += payload.Length;
        }

        return end;
    }

    private static void Finish(Span<byte> whole, in SuperframeLayout outer, in SuperframeLayout frame, byte flags)
    {
        Span<byte> inner = whole[outer.HeaderBytes..];
        frame.Inner.WriteLength(inner, identificationStep: 0);
        inner[frame.Inner.Transport + FlagsOffset] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(inner[(frame.Inner.Transport + ChecksumOffset)..], frame.Inner.PartialChecksum(inner));
        // The checksum outside is left to do as well: whoever cuts writes it anew, whoever opens the tunnel knows it.
        outer.Inner.WriteLength(whole, identificationStep: 0);
        Span<byte> udp = whole[outer.Inner.Transport..];
        BinaryPrimitives.WriteUInt16BigEndian(udp[UdpLengthOffset..], (ushort)udp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(udp[UdpChecksumOffset..], outer.Inner.PartialChecksum(whole));
    }
}
