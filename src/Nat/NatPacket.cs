using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>What a translator needs to know of a datagram, read once and checked.</summary>
internal struct NatPacket
{
    private const int MinHeader = 20;
    private const int UdpLength = 8;
    private const int TcpLength = 20;
    private const int MoreFragments = 0x2000;
    private const int DontFragment = 0x4000;
    private const int OffsetMask = 0x1FFF;
    private const int ProtocolOffset = 9;

    public IPv4Address Source;
    public IPv4Address Destination;
    public ushort SourcePort;
    public ushort DestinationPort;
    public ushort HeaderLength;
    public ushort TotalLength;
    public ushort Identification;
    public IpProtocol Protocol;
    public NatPacketKind Kind;
    public bool IsFragment;
    public bool IsLaterFragment;
    public bool MayBeFragmented;
    public TcpFlags TcpFlags;

    /// <summary>
    /// Reads and checks a datagram. Padding behind its total length is ignored. For <see cref="NatDropReason.UnknownProtocol"/> and
    /// <see cref="NatDropReason.UnsupportedIcmp"/> what the IPv4 header says was read: enough to change an address.
    /// </summary>
    public static NatDropReason Read(ReadOnlySpan<byte> packet, out NatPacket at)
    {
        Unsafe.SkipInit(out at);
        if (packet.Length < MinHeader)
        {
            return NatDropReason.MalformedIPv4;
        }

        // Unchecked from here on: all that is read lies in the first 20 octets, and there are as many.
        ref byte start = ref MemoryMarshal.GetReference(packet);
        int header = (start & 0xF) * 4;
        int total = Word(ref start, 2);
        if (start >> 4 != 4 || header < MinHeader || total < header || total > packet.Length)
        {
            return NatDropReason.MalformedIPv4;
        }

        int fragment = Word(ref start, PacketEdit.FragmentOffset);
        at.Source = Address(ref start, PacketEdit.SourceOffset);
        at.Destination = Address(ref start, PacketEdit.DestinationOffset);
        at.HeaderLength = (ushort)header;
        at.TotalLength = (ushort)total;
        at.Identification = (ushort)Word(ref start, PacketEdit.IdentificationOffset);
        at.Protocol = (IpProtocol)Unsafe.Add(ref start, ProtocolOffset);
        at.IsFragment = (fragment & (MoreFragments | OffsetMask)) != 0;
        at.IsLaterFragment = (fragment & OffsetMask) != 0;
        at.MayBeFragmented = at.IsFragment || (fragment & DontFragment) == 0;
        at.SourcePort = at.DestinationPort = 0;
        at.TcpFlags = TcpFlags.None;
        at.Kind = NatPacketKind.Flow;
        if (!IsPossible(at.Source, at.Destination))
        {
            return NatDropReason.BadAddress;
        }

        if (at.IsFragment)
        {
            int end = (fragment & OffsetMask) * 8 + total - header;
            bool cutBetweenUnits = (fragment & MoreFragments) != 0 && (total - header) % 8 != 0;
            if (end > ushort.MaxValue - header || total == header || cutBetweenUnits)
            {
                return NatDropReason.MalformedFragment;
            }
        }

        return at.IsLaterFragment
            ? at.Protocol is IpProtocol.Udp or IpProtocol.Tcp or IpProtocol.Icmp or IpProtocol.Sctp ? NatDropReason.None : NatDropReason.UnknownProtocol
            : ReadTransport(packet[header..total], ref at);
    }

    private static NatDropReason ReadTransport(ReadOnlySpan<byte> transport, ref NatPacket at)
    {
        NatDropReason tooShort = at.IsFragment ? NatDropReason.MalformedFragment : NatDropReason.MalformedTransport;
        switch (at.Protocol)
        {
            case IpProtocol.Udp:
                if (transport.Length < UdpLength)
                {
                    return tooShort;
                }

                int length = PacketEdit.Get16(transport, 4);
                if (length < UdpLength || (length > transport.Length && !at.IsFragment))
                {
                    return NatDropReason.MalformedTransport;
                }

                break;
            case IpProtocol.Tcp:
                if (transport.Length < TcpLength)
                {
                    return tooShort;
                }

                int header = (transport[12] >> 4) * 4;
                if (header < TcpLength || header > transport.Length)
                {
                    return header < TcpLength ? NatDropReason.MalformedTransport : tooShort;
                }

                at.TcpFlags = (TcpFlags)transport[13];
                break;
            case IpProtocol.Sctp:
                if (transport.Length < SctpPacket.HeaderLength)
                {
                    return tooShort;
                }

                break;
            case IpProtocol.Icmp:
                return transport.Length < PacketEdit.IcmpLength ? tooShort : ReadIcmp(transport, ref at);
            default:
                return NatDropReason.UnknownProtocol;
        }

        at.SourcePort = PacketEdit.Get16(transport, 0);
        at.DestinationPort = PacketEdit.Get16(transport, 2);
        return NatDropReason.None;
    }

    private static NatDropReason ReadIcmp(ReadOnlySpan<byte> icmp, ref NatPacket at)
    {
        switch (icmp[0])
        {
            case 8 or 13 or 15 or 17: // Echo, timestamp, information, address mask.
                at.SourcePort = PacketEdit.Get16(icmp, PacketEdit.IcmpIdentifierOffset);
                return NatDropReason.None;
            case 0 or 14 or 16 or 18:
                at.DestinationPort = PacketEdit.Get16(icmp, PacketEdit.IcmpIdentifierOffset);
                at.Kind = NatPacketKind.IcmpReply;
                return NatDropReason.None;
            case (byte)IcmpType.DestinationUnreachable or (byte)IcmpType.SourceQuench or (byte)IcmpType.TimeExceeded or (byte)IcmpType.ParameterProblem:
                at.Kind = NatPacketKind.IcmpError;
                return at.IsFragment ? NatDropReason.BadIcmpError : NatDropReason.None;
            default:
                return NatDropReason.UnsupportedIcmp;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Word(ref byte start, int offset) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static IPv4Address Address(ref byte start, int offset) => new(BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, offset))));

    /// <summary>No datagram that is forwarded has such an address (RFC 1122 section 3.2.1.3, RFC 1812 section 5.3.7, RFC 6890).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsPossible(IPv4Address source, IPv4Address destination)
    {
        uint from = source.Value >> 24;
        uint to = destination.Value >> 24;
        return from - 1 < 223 && from != 127 && to - 1 < 223 && to != 127;
    }
}
