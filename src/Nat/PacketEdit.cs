using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// Changes addresses, ports and identifications in a datagram and repairs every checksum over them (RFC 1624). Offsets count
/// from the IPv4 header; whoever calls has checked that the octets are there.
/// </summary>
internal static class PacketEdit
{
    public const int IdentificationOffset = 4;
    public const int FragmentOffset = 6;
    public const int TimeToLiveOffset = 8;
    public const int ChecksumOffset = 10;
    public const int SourceOffset = 12;
    public const int DestinationOffset = 16;
    public const int UdpChecksumOffset = 6;
    public const int TcpChecksumOffset = 16;
    public const int IcmpChecksumOffset = 2;
    public const int IcmpIdentifierOffset = 4;
    public const int IcmpLength = 8;

    /// <summary>Octets of the shortest transport header there is.</summary>
    private const int MinTransport = 8;

    private const IpProtocol Dccp = (IpProtocol)33;
    private const IpProtocol UdpLite = (IpProtocol)136;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Get16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put16(Span<byte> bytes, int offset, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(bytes[offset..], value);

    /// <summary>Puts an address in place of another and repairs the header checksum.</summary>
    /// <returns>What the change does to a checksum over a pseudo header.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChecksumDelta SetAddress(Span<byte> packet, int offset, IPv4Address to)
    {
        var delta = ChecksumDelta.Of(IPv4Address.Read(packet[offset..]), to);
        to.Write(packet[offset..]);
        Put16(packet, ChecksumOffset, delta.Apply(Get16(packet, ChecksumOffset)));
        return delta;
    }

    /// <summary>Puts a word of the IPv4 header in place of another and repairs the header checksum.</summary>
    public static void SetHeaderWord(Span<byte> packet, int offset, ushort to)
    {
        var delta = ChecksumDelta.Of(Get16(packet, offset), to);
        Put16(packet, offset, to);
        Put16(packet, ChecksumOffset, delta.Apply(Get16(packet, ChecksumOffset)));
    }

    /// <summary>Puts an address in place of another and repairs the transport checksum, if it covers the address.</summary>
    /// <param name="packet">The datagram.</param>
    /// <param name="at">What was found in it.</param>
    /// <param name="source">True for the sender's address.</param>
    /// <param name="address">The new address.</param>
    public static void SetOnlyAddress(Span<byte> packet, in NatPacket at, bool source, IPv4Address address)
    {
        ChecksumDelta pseudo = SetAddress(packet, source ? SourceOffset : DestinationOffset, address);
        Span<byte> transport = packet[at.HeaderLength..];
        int checksum = at.Protocol switch
        {
            IpProtocol.Udp => UdpChecksumOffset,
            IpProtocol.Tcp => TcpChecksumOffset,
            Dccp or UdpLite => UdpChecksumOffset, // RFC 4340 section 9.1, RFC 3828 section 3.1: in the same place as UDP's
            _ => -1, // none, or one that leaves the addresses out: ICMP, SCTP, IPsec
        };
        if (checksum < 0 || at.IsLaterFragment || transport.Length < checksum + sizeof(ushort))
        {
            return;
        }

        ushort before = Get16(transport, checksum);
        Put16(transport, checksum, at.Protocol == IpProtocol.Udp ? pseudo.ApplyUdp(before) : pseudo.Apply(before));
    }

    /// <summary>Puts an endpoint in place of another: an address, and a port or the identifier of a query.</summary>
    /// <param name="packet">The datagram.</param>
    /// <param name="at">What was found in it.</param>
    /// <param name="source">True for the sender's endpoint.</param>
    /// <param name="address">The new address.</param>
    /// <param name="port">The new port or identifier.</param>
    /// <remarks>
    /// <para>
    /// The sums are made of words as they lie in memory: the order of octets does not matter to them, as long as all have the same
    /// (RFC 1071 section 2B). It is RFC 1624's equation 3 all the same.
    /// </para>
    /// Invariant of the unchecked reads: <see cref="NatPacket.Read"/> found at least the IPv4 header and a whole transport header
    /// in this packet, and nobody has shortened it since; the assertion says it in figures.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetEndpoint(Span<byte> packet, in NatPacket at, bool source, IPv4Address address, ushort port)
    {
        Debug.Assert(packet.Length >= at.HeaderLength + MinTransport, "the packet was read and checked");
        ref byte start = ref MemoryMarshal.GetReference(packet);
        uint addressDelta = Exchange(ref Unsafe.Add(ref start, source ? SourceOffset : DestinationOffset), BinaryPrimitives.ReverseEndianness(address.Value));
        Amend(ref Unsafe.Add(ref start, ChecksumOffset), addressDelta);

        ref byte transport = ref Unsafe.Add(ref start, (int)at.HeaderLength);
        int portOffset = at.Protocol == IpProtocol.Icmp ? IcmpIdentifierOffset : source ? 0 : sizeof(ushort);
        ref byte portField = ref Unsafe.Add(ref transport, portOffset);
        ushort before = Unsafe.ReadUnaligned<ushort>(ref portField);
        ushort after = BinaryPrimitives.ReverseEndianness(port);
        Unsafe.WriteUnaligned(ref portField, after);
        uint portDelta = (uint)(ushort)~before + after;
        switch (at.Protocol)
        {
            case IpProtocol.Udp:
                AmendUdp(ref Unsafe.Add(ref transport, UdpChecksumOffset), addressDelta + portDelta);
                break;
            case IpProtocol.Tcp:
                Amend(ref Unsafe.Add(ref transport, TcpChecksumOffset), addressDelta + portDelta);
                break;
            case IpProtocol.Sctp:
                SctpPacket.Repair(packet[at.HeaderLength..], (uint)BinaryPrimitives.ReverseEndianness((ushort)(before ^ after)) << (source ? 16 : 0));
                break;
            default:
                Amend(ref Unsafe.Add(ref transport, IcmpChecksumOffset), portDelta); // no pseudo header (RFC 792)
                break;
        }
    }

    /// <summary>
    /// Puts an endpoint in place of another in the datagram that an ICMP error embeds, and repairs the checksums in it as far
    /// as they are there (RFC 5508 section 4.2). SCTP's would need the whole packet and stays.
    /// </summary>
    /// <returns>What all changes together do to the checksum of the ICMP error around it.</returns>
    public static ChecksumDelta SetEmbeddedEndpoint(Span<byte> embedded, IpProtocol protocol, bool source, IPv4Address address, ushort port)
    {
        int offset = source ? SourceOffset : DestinationOffset;
        ushort headerBefore = Get16(embedded, ChecksumOffset);
        ChecksumDelta pseudo = SetAddress(embedded, offset, address);
        ChecksumDelta all = pseudo + ChecksumDelta.Of(headerBefore, Get16(embedded, ChecksumOffset));

        Span<byte> transport = embedded[((embedded[0] & 0xF) * 4)..];
        int portOffset = protocol == IpProtocol.Icmp ? IcmpIdentifierOffset : source ? 0 : sizeof(ushort);
        var ports = ChecksumDelta.Of(Get16(transport, portOffset), port);
        Put16(transport, portOffset, port);
        all += ports;

        int checksumOffset = protocol switch { IpProtocol.Udp => UdpChecksumOffset, IpProtocol.Tcp => TcpChecksumOffset, _ => IcmpChecksumOffset };
        if (protocol != IpProtocol.Sctp && transport.Length >= checksumOffset + sizeof(ushort))
        {
            ushort before = Get16(transport, checksumOffset);
            ushort after = protocol switch
            {
                IpProtocol.Udp => (ports + pseudo).ApplyUdp(before),
                IpProtocol.Tcp => (ports + pseudo).Apply(before),
                _ => ports.Apply(before),
            };
            Put16(transport, checksumOffset, after);
            all += ChecksumDelta.Of(before, after);
        }

        return all;
    }

    /// <summary>Puts four octets in place of others.</summary>
    /// <returns>What that adds to a sum of 16-bit words: at most four times 65,535.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Exchange(ref byte field, uint after)
    {
        uint before = ~Unsafe.ReadUnaligned<uint>(ref field);
        Unsafe.WriteUnaligned(ref field, after);
        return (before & 0xFFFF) + (before >> 16) + (after & 0xFFFF) + (after >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Amend(ref byte field, uint delta) => Unsafe.WriteUnaligned(ref field, Amended(Unsafe.ReadUnaligned<ushort>(ref field), delta));

    /// <summary>No checksum stays none, and one that comes out as 0 is written as its other zero (RFC 768).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AmendUdp(ref byte field, uint delta)
    {
        ushort before = Unsafe.ReadUnaligned<ushort>(ref field);
        ushort after = Amended(before, delta);
        Unsafe.WriteUnaligned(ref field, before == 0 ? before : after == 0 ? ushort.MaxValue : after);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort Amended(ushort checksum, uint delta)
    {
        uint sum = (uint)(ushort)~checksum + delta;
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }
}
