using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Services;

/// <summary>Reads what an ICMP error embeds of a TCP segment.</summary>
internal static class EmbeddedSegment
{
    private const int SequenceOffset = 4;

    /// <summary>The sequence number, if the embedded packet is TCP and long enough.</summary>
    /// <param name="message">The ICMP or ICMPv6 message.</param>
    /// <param name="isIPv6">Which of them.</param>
    /// <param name="sequence">Gets the number.</param>
    public static bool TryReadSequence(ReadOnlySpan<byte> message, bool isIPv6, out uint sequence)
    {
        sequence = 0;
        ReadOnlySpan<byte> transport = isIPv6 ? Transport6(message) : Transport4(message);
        if (transport.Length < SequenceOffset + sizeof(uint))
        {
            return false;
        }

        sequence = BinaryPrimitives.ReadUInt32BigEndian(transport[SequenceOffset..]);
        return true;
    }

    private static ReadOnlySpan<byte> Transport4(ReadOnlySpan<byte> message) =>
        IcmpView.TryParse(message, out IcmpView icmp) && IPv4View.TryParse(icmp.EmbeddedPacket, out IPv4View packet) && packet.Protocol == IpProtocol.Tcp
            ? packet.Payload
            : [];

    private static ReadOnlySpan<byte> Transport6(ReadOnlySpan<byte> message)
    {
        if (!IcmpV6View.TryParse(message, out IcmpV6View icmp) || !IPv6View.TryParse(icmp.EmbeddedPacket, out IPv6View packet))
        {
            return [];
        }

        IPv6ExtensionWalk walk = packet.WalkExtensions();
        return walk.Error == LayoutError.None && walk.Protocol == IpProtocol.Tcp ? packet.Payload[walk.Length..] : [];
    }
}
