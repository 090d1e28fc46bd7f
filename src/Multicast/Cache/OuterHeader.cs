using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Multicast;

/// <summary>A tunnel's headers as a template: what differs between frames is patched in (RFC 7348 section 5, RFC 6935 for IPv6).</summary>
internal static class OuterHeader
{
    private const int NetworkOffset = EthernetHeader.UntaggedLength;
    private const int MinLength = NetworkOffset + IPv4Header.MinLength + 16;
    private const int MaxLength = 128;

    public static bool IsValid(ReadOnlySpan<byte> header)
    {
        if (header.IsEmpty)
        {
            return true;
        }

        if (header.Length is < MinLength or > MaxLength)
        {
            return false;
        }

        return BinaryPrimitives.ReadUInt16BigEndian(header[12..]) switch
        {
            (ushort)EtherType.IPv4 => header[NetworkOffset] == 0x45 && header[NetworkOffset + 9] == (byte)IpProtocol.Udp,
            (ushort)EtherType.IPv6 => header[NetworkOffset + 6] == (byte)IpProtocol.Udp && header.Length >= MinLength + 20,
            _ => false,
        };
    }

    /// <summary>Writes the headers in front of <paramref name="innerBytes"/> bytes.</summary>
    public static void Write(ReadOnlySpan<byte> template, Span<byte> head, int innerBytes, ushort sourcePort)
    {
        template.CopyTo(head);
        bool isIPv4 = BinaryPrimitives.ReadUInt16BigEndian(head[12..]) == (ushort)EtherType.IPv4;
        int udp = NetworkOffset + (isIPv4 ? IPv4Header.MinLength : IPv6Header.Length);
        ushort udpBytes = (ushort)(template.Length - udp + innerBytes);
        BinaryPrimitives.WriteUInt16BigEndian(head[udp..], sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(head[(udp + 4)..], udpBytes);
        if (isIPv4)
        {
            Span<byte> ip = head[NetworkOffset..udp];
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(IPv4Header.MinLength + udpBytes));
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], 0);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip));
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(head[(NetworkOffset + 4)..], udpBytes);
        }
    }
}
