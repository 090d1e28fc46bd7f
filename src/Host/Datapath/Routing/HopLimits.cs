using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>Counts a hop in place.</summary>
internal static class HopLimits
{
    private const int TimeToLiveOffset = 8;
    private const int ChecksumOffset = 10;
    private const int HopLimitOffset = 7;
    private const int OneHop = 0x0100;

    /// <summary>One hop less, and the header checksum by the difference (RFC 1624).</summary>
    public static void CountIPv4(Span<byte> packet)
    {
        ushort word = BinaryPrimitives.ReadUInt16BigEndian(packet[TimeToLiveOffset..]);
        ushort next = (ushort)(word - OneHop);
        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(packet[ChecksumOffset..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[TimeToLiveOffset..], next);
        BinaryPrimitives.WriteUInt16BigEndian(packet[ChecksumOffset..], ChecksumDelta.Of(word, next).Apply(checksum));
    }

    /// <summary>One hop less.</summary>
    public static void CountIPv6(Span<byte> packet) => packet[HopLimitOffset]--;
}
