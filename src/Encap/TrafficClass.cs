using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>The eight bits of differentiated services and congestion notification, in either IP version (RFC 2474, RFC 3168).</summary>
internal static class TrafficClass
{
    /// <summary>Reads the field; 0 for frames that are not IP.</summary>
    public static int Read(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        if (layout.IsIPv4)
        {
            return frame[layout.L3Offset + OuterFormat.IPv4TypeOfServiceOffset];
        }

        return layout.IsIPv6 ? (BinaryPrimitives.ReadUInt16BigEndian(frame[layout.L3Offset..]) >> 4) & 0xFF : 0;
    }

    /// <summary>Changes the congestion field of an IP packet and repairs its header checksum.</summary>
    public static void SetEcn(Span<byte> frame, in PacketLayout layout, int ecn)
    {
        Span<byte> ip = frame[layout.L3Offset..];
        if (layout.IsIPv6)
        {
            ip[1] = (byte)((ip[1] & ~0x30) | (ecn << 4));
            return;
        }

        ushort before = BinaryPrimitives.ReadUInt16BigEndian(ip);
        ushort after = (ushort)((before & ~3) | ecn);
        BinaryPrimitives.WriteUInt16BigEndian(ip, after);
        Span<byte> checksum = ip[OuterFormat.IPv4ChecksumOffset..];
        BinaryPrimitives.WriteUInt16BigEndian(checksum, ChecksumDelta.Of(before, after).Apply(BinaryPrimitives.ReadUInt16BigEndian(checksum)));
    }
}
