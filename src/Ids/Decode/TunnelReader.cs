using Weft.Packets;

namespace Weft.Ids;

/// <summary>Finds the packet inside of a packet: IP in IP (RFC 2003, RFC 2473), GRE (RFC 2784), VXLAN (RFC 7348), Geneve (RFC 8926).</summary>
internal static class TunnelReader
{
    /// <summary>Packets inside of each other that are looked at.</summary>
    public const int MaxDepth = 3;

    private const ushort VxlanPort = 4789;
    private const ushort GenevePort = 6081;
    private const ushort PointToPoint = 0x880B;

    /// <summary>Finds it.</summary>
    /// <param name="packet">The outer packet.</param>
    /// <param name="inner">The inner one.</param>
    /// <param name="layout">Where its headers are.</param>
    public static bool TryFind(in PacketFacts packet, out ReadOnlySpan<byte> inner, out PacketLayout layout)
    {
        inner = default;
        layout = default;
        ReadOnlySpan<byte> bytes = packet.Network[Math.Min(packet.TransportOffset, packet.Network.Length)..];
        switch (packet.Protocol)
        {
            case IpProtocol.IPv4 or IpProtocol.IPv6:
                inner = bytes;
                return TryNetwork(inner, packet.Protocol == IpProtocol.IPv4 ? EtherType.IPv4 : EtherType.IPv6, out layout);
            case IpProtocol.Gre when GreView.TryParse(bytes, out GreView gre):
                inner = gre.Payload;
                return TryPayload(ref inner, gre.ProtocolType, out layout);
            case IpProtocol.Udp when packet.DestinationPort == VxlanPort && VxlanView.TryParse(packet.Payload, out VxlanView vxlan):
                inner = vxlan.Payload;
                return TryPayload(ref inner, EtherType.TransparentEthernet, out layout);
            case IpProtocol.Udp when packet.DestinationPort == GenevePort && GeneveView.TryParse(packet.Payload, out GeneveView geneve):
                inner = geneve.Payload;
                return TryPayload(ref inner, geneve.ProtocolType, out layout);
            default:
                return false;
        }
    }

    /// <summary>Finds the packet behind a service header that stands directly in a frame (RFC 8300).</summary>
    public static bool TryService(ReadOnlySpan<byte> frame, in PacketLayout outer, out ReadOnlySpan<byte> inner, out PacketLayout layout)
    {
        inner = default;
        layout = default;
        if (outer.EtherType != EtherType.Nsh || !NshView.TryParse(frame[outer.L3Offset..], out NshView view))
        {
            return false;
        }

        inner = frame[(outer.L3Offset + view.HeaderLength)..];
        return view.NextProtocol switch
        {
            NshNextProtocol.IPv4 => TryNetwork(inner, EtherType.IPv4, out layout),
            NshNextProtocol.IPv6 => TryNetwork(inner, EtherType.IPv6, out layout),
            NshNextProtocol.Ethernet => TryPayload(ref inner, EtherType.TransparentEthernet, out layout),
            _ => false,
        };
    }

    private static bool TryPayload(ref ReadOnlySpan<byte> inner, EtherType type, out PacketLayout layout)
    {
        if (type == EtherType.TransparentEthernet)
        {
            return PacketLayout.TryParse(inner, out layout) && (layout.IsIPv4 || layout.IsIPv6 || layout.Error != LayoutError.None);
        }

        if ((ushort)type == PointToPoint)
        {
            // Address and control may be left out (RFC 1661 section 6.6), and the protocol's first byte if it is 0.
            inner = inner is [0xFF, 0x03, ..] ? inner[2..] : inner;
            inner = inner is [0x00, ..] ? inner[1..] : inner;
            type = inner is [0x21, ..] ? EtherType.IPv4 : inner is [0x57, ..] ? EtherType.IPv6 : EtherType.None;
            inner = inner.IsEmpty ? inner : inner[1..];
        }

        return TryNetwork(inner, type, out layout);
    }

    private static bool TryNetwork(ReadOnlySpan<byte> inner, EtherType type, out PacketLayout layout)
    {
        layout = default;
        return type is EtherType.IPv4 or EtherType.IPv6 && !inner.IsEmpty && PacketLayout.TryParseNetwork(inner, type, out layout);
    }
}
