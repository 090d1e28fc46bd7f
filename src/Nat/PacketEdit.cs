using System.Buffers.Binary;
using System.Runtime.CompilerServices;
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

    /// <summary>Puts an endpoint in place of another: an address, and a port or the identifier of a query.</summary>
    /// <param name="packet">The datagram.</param>
    /// <param name="at">What was found in it.</param>
    /// <param name="source">True for the sender's endpoint.</param>
    /// <param name="address">The new address.</param>
    /// <param name="port">The new port or identifier.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetEndpoint(Span<byte> packet, in NatPacket at, bool source, IPv4Address address, ushort port)
    {
        ChecksumDelta pseudo = SetAddress(packet, source ? SourceOffset : DestinationOffset, address);
        Span<byte> transport = packet[at.HeaderLength..];
        int portOffset = at.Protocol == IpProtocol.Icmp ? IcmpIdentifierOffset : source ? 0 : sizeof(ushort);
        ChecksumDelta delta = ChecksumDelta.Of(Get16(transport, portOffset), port);
        Put16(transport, portOffset, port);
        switch (at.Protocol)
        {
            case IpProtocol.Udp:
                Put16(transport, UdpChecksumOffset, (delta + pseudo).ApplyUdp(Get16(transport, UdpChecksumOffset)));
                break;
            case IpProtocol.Tcp:
                Put16(transport, TcpChecksumOffset, (delta + pseudo).Apply(Get16(transport, TcpChecksumOffset)));
                break;
            default:
                Put16(transport, IcmpChecksumOffset, delta.Apply(Get16(transport, IcmpChecksumOffset))); // no pseudo header (RFC 792)
                break;
        }
    }

    /// <summary>
    /// Puts an endpoint in place of another in the datagram that an ICMP error embeds, and repairs the checksums in it as far
    /// as they are there (RFC 5508 section 4.2).
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
        if (transport.Length >= checksumOffset + sizeof(ushort))
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
}
