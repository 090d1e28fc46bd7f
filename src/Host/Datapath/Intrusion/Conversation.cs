using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>A number for both directions of a conversation: what <c>flow_id</c> in EVE JSON is, and what captures go by.</summary>
internal static class Conversation
{
    /// <summary>The number of the conversation that a frame belongs to; 0 if it is not IP.</summary>
    public static ulong Of(in KeyedHash hash, ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        if (!layout.IsIPv4 && !layout.IsIPv6)
        {
            return 0;
        }

        IPv6Address source;
        IPv6Address destination;
        ReadOnlySpan<byte> network = frame[layout.L3Offset..];
        if (layout.IsIPv4)
        {
            source = new IPv6Address(0, BinaryPrimitives.ReadUInt32BigEndian(network[12..]));
            destination = new IPv6Address(0, BinaryPrimitives.ReadUInt32BigEndian(network[16..]));
        }
        else
        {
            source = IPv6Address.Read(network[8..]);
            destination = IPv6Address.Read(network[24..]);
        }

        bool hasPorts = layout.HasL4 && layout.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;
        uint ports = hasPorts ? BinaryPrimitives.ReadUInt32BigEndian(frame[layout.L4Offset..]) : 0;
        ushort sourcePort = (ushort)(ports >> 16);
        ushort destinationPort = (ushort)ports;
        bool swap = (source, sourcePort).CompareTo((destination, destinationPort)) > 0;
        (IPv6Address low, IPv6Address high) = swap ? (destination, source) : (source, destination);
        (ushort lowPort, ushort highPort) = swap ? (destinationPort, sourcePort) : (sourcePort, destinationPort);
        var key = new Key(low, high, (ulong)layout.Protocol << 32 | (uint)lowPort << 16 | highPort);
        // Zero stands for no conversation.
        return hash.Hash(in key) | 1;
    }

    private readonly record struct Key(IPv6Address Low, IPv6Address High, ulong Rest);
}
