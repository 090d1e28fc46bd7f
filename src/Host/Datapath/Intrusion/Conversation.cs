using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>A number for both directions of a conversation: what <c>flow_id</c> in EVE JSON is, and what captures go by.</summary>
internal static class Conversation
{
    private const ulong Mapped = 0xFFFF_0000_0000;

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
            source = new IPv6Address(0, Mapped | BinaryPrimitives.ReadUInt32BigEndian(network[12..]));
            destination = new IPv6Address(0, Mapped | BinaryPrimitives.ReadUInt32BigEndian(network[16..]));
        }
        else
        {
            source = IPv6Address.Read(network[8..]);
            destination = IPv6Address.Read(network[24..]);
        }

        bool hasPorts = layout.HasL4 && layout.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;
        uint ports = hasPorts ? BinaryPrimitives.ReadUInt32BigEndian(frame[layout.L4Offset..]) : 0;
        return Of(in hash, source, destination, (ushort)(ports >> 16), (ushort)ports, layout.Protocol);
    }

    /// <summary>The same number from what a detector says of a conversation: IPv4 addresses as ::ffff:a.b.c.d.</summary>
    public static ulong Of(in KeyedHash hash, IPv6Address source, IPv6Address destination, ushort sourcePort, ushort destinationPort, IpProtocol protocol)
    {
        bool hasPorts = protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;
        (sourcePort, destinationPort) = hasPorts ? (sourcePort, destinationPort) : ((ushort)0, (ushort)0);
        bool swap = (source, sourcePort).CompareTo((destination, destinationPort)) > 0;
        (IPv6Address low, IPv6Address high) = swap ? (destination, source) : (source, destination);
        (ushort lowPort, ushort highPort) = swap ? (destinationPort, sourcePort) : (sourcePort, destinationPort);
        var key = new Key(low, high, (ulong)protocol << 32 | (uint)lowPort << 16 | highPort);
        // Zero stands for no conversation.
        return hash.Hash(in key) | 1;
    }

    private readonly record struct Key(IPv6Address Low, IPv6Address High, ulong Rest);
}
