using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Simulation.Traffic;

/// <summary>Frames as machines send them.</summary>
internal static class Frames
{
    private const int TagBytes = 4;

    public static byte[] Arp(ArpOperation operation, MacAddress to, in ArpMessage message)
    {
        byte[] frame = new byte[60];
        int at = new EthernetHeader { Destination = to, Source = message.SenderMac, EtherType = EtherType.Arp }.Write(frame);
        _ = (message with { Operation = operation }).Write(frame.AsSpan(at));
        return frame;
    }

    public static byte[] Tcp(MacAddress to, MacAddress from, IPv4Address source, IPv4Address destination, in TcpHeader header, ReadOnlySpan<byte> payload)
    {
        int length = TcpHeader.MinLength + payload.Length;
        byte[] frame = new byte[Math.Max(60, 34 + length)];
        int at = new EthernetHeader { Destination = to, Source = from, EtherType = EtherType.IPv4 }.Write(frame);
        at += new IPv4Header { Source = source, Destination = destination, Protocol = IpProtocol.Tcp, PayloadLength = length, DontFragment = true }.Write(frame.AsSpan(at));
        Span<byte> segment = frame.AsSpan(at, length);
        payload.CopyTo(segment[TcpHeader.MinLength..]);
        _ = header.Write(segment);
        BinaryPrimitives.WriteUInt16BigEndian(segment[TcpHeader.ChecksumOffset..], InternetChecksum.Compute(segment, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, length)));
        return frame;
    }

    public static byte[] Udp(MacAddress to, MacAddress from, IPv4Address source, IPv4Address destination, ushort port, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[Math.Max(60, 42 + payload.Length)];
        int at = new EthernetHeader { Destination = to, Source = from, EtherType = EtherType.IPv4 }.Write(frame);
        at += new IPv4Header { Source = source, Destination = destination, Protocol = IpProtocol.Udp, PayloadLength = 8 + payload.Length, TimeToLive = 16 }.Write(frame.AsSpan(at));
        at += new UdpHeader(port, port, payload.Length).Write(frame.AsSpan(at));
        payload.CopyTo(frame.AsSpan(at));
        return frame;
    }

    public static byte[] Join(MacAddress from, IPv4Address source, IPv4Address group, bool leaves)
    {
        IPv4Address to = leaves ? IPv4Address.Parse("224.0.0.2") : group;
        byte[] frame = new byte[60];
        int at = new EthernetHeader { Destination = GroupMac(to), Source = from, EtherType = EtherType.IPv4 }.Write(frame);
        // Router alert (RFC 2236 section 2).
        at += new IPv4Header { Source = source, Destination = to, Protocol = IpProtocol.Igmp, PayloadLength = 8, TimeToLive = 1 }.Write(frame.AsSpan(at), [0x94, 4, 0, 0]);
        _ = IgmpMessage.Write(frame.AsSpan(at), leaves ? IgmpType.LeaveGroup : IgmpType.ReportV2, 0, group);
        return frame;
    }

    public static MacAddress GroupMac(IPv4Address group)
    {
        Span<byte> bytes = stackalloc byte[4];
        group.Write(bytes);
        return new MacAddress(0x0100_5E00_0000UL | (BinaryPrimitives.ReadUInt32BigEndian(bytes) & 0x7F_FFFF));
    }

    /// <summary>With a VLAN tag.</summary>
    public static byte[] Tagged(byte[] frame, ushort vlan)
    {
        byte[] tagged = new byte[frame.Length + TagBytes];
        frame.AsSpan(0, 12).CopyTo(tagged);
        BinaryPrimitives.WriteUInt16BigEndian(tagged.AsSpan(12), (ushort)EtherType.VlanTag);
        BinaryPrimitives.WriteUInt16BigEndian(tagged.AsSpan(14), vlan);
        frame.AsSpan(12).CopyTo(tagged.AsSpan(16));
        return tagged;
    }

    /// <summary>Without its VLAN tag; null if it has not this one.</summary>
    public static byte[]? Untagged(byte[] frame, ushort vlan) =>
        frame.Length > 18 && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) == (ushort)EtherType.VlanTag && (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(14)) & 0xFFF) == vlan
            ? [.. frame.AsSpan(0, 12), .. frame.AsSpan(12 + TagBytes)]
            : null;
}
