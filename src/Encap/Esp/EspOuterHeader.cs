using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>Puts right what changes in an IP header when something is put behind it or taken away.</summary>
internal static class EspOuterHeader
{
    private const int IPv4ProtocolOffset = 9;
    private const int IPv6NextHeaderOffset = 6;
    private const int UdpChecksumOffset = 6;

    /// <summary>Writes lengths, protocol, checksums and the UDP header, if there is one, around an ESP packet that is sealed already.</summary>
    public static void Finish(Span<byte> ip, bool isIPv4, int ipLength, EspUdpPorts? ports, int espLength)
    {
        if (ports is not { } udp)
        {
            SetPayload(ip, isIPv4, ipLength, espLength, IpProtocol.Esp);
            return;
        }

        int udpLength = UdpHeader.Length + espLength;
        SetPayload(ip, isIPv4, ipLength, udpLength, IpProtocol.Udp);
        Span<byte> datagram = ip.Slice(ipLength, udpLength);
        BinaryPrimitives.WriteUInt16BigEndian(datagram, udp.Source);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], udp.Destination);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[OuterFormat.UdpLengthOffset..], (ushort)udpLength);
        Span<byte> checksum = datagram.Slice(UdpChecksumOffset, sizeof(ushort));
        checksum.Clear();
        if (!isIPv4)
        {
            IPv6Address source = IPv6Address.Read(ip[OuterFormat.IPv6SourceOffset..]);
            IPv6Address destination = IPv6Address.Read(ip[(OuterFormat.IPv6SourceOffset + IPv6Address.Length)..]);
            uint pseudoHeader = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, udpLength);
            BinaryPrimitives.WriteUInt16BigEndian(checksum, InternetChecksum.ComputeUdp(datagram, pseudoHeader));
        }
    }

    /// <summary>Writes length and protocol of the payload, and over IPv4 the header checksum.</summary>
    public static void SetPayload(Span<byte> ip, bool isIPv4, int ipLength, int payloadLength, IpProtocol protocol)
    {
        if (!isIPv4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(ip[OuterFormat.IPv6PayloadLengthOffset..], (ushort)(ipLength - OuterFormat.IPv6Length + payloadLength));
            ip[IPv6NextHeaderOffset] = (byte)protocol;
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(ip[OuterFormat.IPv4TotalLengthOffset..], (ushort)(ipLength + payloadLength));
        ip[IPv4ProtocolOffset] = (byte)protocol;
        Span<byte> checksum = ip.Slice(OuterFormat.IPv4ChecksumOffset, sizeof(ushort));
        checksum.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(checksum, InternetChecksum.Compute(ip[..ipLength]));
    }
}
