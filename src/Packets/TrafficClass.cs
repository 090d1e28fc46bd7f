using System.Buffers.Binary;

namespace Weft.Packets;

/// <summary>The eight bits of differentiated services and congestion notification, in either IP version (RFC 2474, RFC 3168), inside a frame.</summary>
public static class TrafficClass
{
    private const int EcnMask = 3;

    /// <summary>Reads the field; 0 for frames that are not IP.</summary>
    /// <param name="frame">The bytes that <paramref name="layout"/> was made from.</param>
    /// <param name="layout">Where the headers are.</param>
    public static int Read(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        if (layout.IsIPv4)
        {
            return frame[layout.L3Offset + IPv4Facts.TypeOfServiceOffset];
        }

        return layout.IsIPv6 ? (BinaryPrimitives.ReadUInt16BigEndian(frame[layout.L3Offset..]) >> 4) & 0xFF : 0;
    }

    /// <summary>Changes the congestion field of an IP packet and repairs its header checksum.</summary>
    /// <param name="frame">As of <see cref="Read"/>; an IP packet.</param>
    /// <param name="layout">As of <see cref="Read"/>.</param>
    /// <param name="ecn">0 to 3.</param>
    public static void SetEcn(Span<byte> frame, in PacketLayout layout, int ecn) => Write(frame, layout, (Read(frame, layout) & ~EcnMask) | ecn);

    /// <summary>Changes the code point of an IP packet and repairs its header checksum (RFC 1624); the congestion field stays.</summary>
    /// <param name="frame">As of <see cref="Read"/>; an IP packet.</param>
    /// <param name="layout">As of <see cref="Read"/>.</param>
    /// <param name="dscp">0 to 63.</param>
    public static void SetDscp(Span<byte> frame, in PacketLayout layout, int dscp) => Write(frame, layout, (dscp << 2) | (Read(frame, layout) & EcnMask));

    private static void Write(Span<byte> frame, in PacketLayout layout, int value)
    {
        Span<byte> ip = frame[layout.L3Offset..];
        if (layout.IsIPv6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(ip, (ushort)((BinaryPrimitives.ReadUInt16BigEndian(ip) & 0xF00F) | (value << 4)));
            return;
        }

        ushort before = BinaryPrimitives.ReadUInt16BigEndian(ip);
        ushort after = (ushort)((before & 0xFF00) | value);
        BinaryPrimitives.WriteUInt16BigEndian(ip, after);
        Span<byte> checksum = ip[IPv4Facts.ChecksumOffset..];
        BinaryPrimitives.WriteUInt16BigEndian(checksum, ChecksumDelta.Of(before, after).Apply(BinaryPrimitives.ReadUInt16BigEndian(checksum)));
    }
}
