using System.Buffers.Binary;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <summary>UDP datagrams that the switch itself sends and receives at a tunnel endpoint's address.</summary>
internal static class UnderlayDatagram
{
    private const byte OnlyHop = 255;
    private const int EthernetLength = 14;

    /// <summary>Octets around a payload at most.</summary>
    public const int MaxOverhead = EthernetLength + IPv6Header.Length + UdpHeader.Length;

    public static int Write(Span<byte> frame, MacAddress nextHop, VtepPlan from, TunnelAddress to, ushort port, ReadOnlySpan<byte> payload)
    {
        nextHop.Write(frame);
        from.Mac.Write(frame[MacAddress.Length..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[(2 * MacAddress.Length)..], (ushort)(to.IsIPv6 ? EtherType.IPv6 : EtherType.IPv4));
        int length = UdpHeader.Length + payload.Length;
        int at = EthernetLength + (to.IsIPv6
            ? new IPv6Header { HopLimit = OnlyHop, NextHeader = IpProtocol.Udp, PayloadLength = length, Source = from.Address.V6, Destination = to.V6 }.Write(frame[EthernetLength..])
            : new IPv4Header { TimeToLive = OnlyHop, DontFragment = true, Protocol = IpProtocol.Udp, PayloadLength = length, Source = from.Address.V4, Destination = to.V4 }.Write(frame[EthernetLength..]));
        Span<byte> udp = frame.Slice(at, length);
        _ = new UdpHeader(port, port, payload.Length).Write(udp);
        payload.CopyTo(udp[UdpHeader.Length..]);
        BinaryPrimitives.WriteUInt16BigEndian(udp[UdpHeader.ChecksumOffset..], InternetChecksum.ComputeUdp(udp, PseudoHeader(from.Address, to, length)));
        return at + length;
    }

    /// <summary>Finds the payload of a datagram from a peer to an endpoint and a port, if its checksum is right.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, TunnelAddress own, TunnelAddress peer, ushort port, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (layout.Protocol != IpProtocol.Udp || !layout.HasL4 || layout.IsFragment || layout.IsIPv6 != own.IsIPv6
            || !TryReadAddresses(frame[layout.L3Offset..], own.IsIPv6, out TunnelAddress source, out TunnelAddress destination)
            || source != peer || destination != own
            || !UdpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out UdpView udp)
            || udp.DestinationPort != port || udp.IsTruncated || !udp.IsChecksumValid(PseudoHeader(source, destination, udp.Length)))
        {
            return false;
        }

        payload = frame.Slice(layout.L4Offset + UdpHeader.Length, udp.Length - UdpHeader.Length);
        return true;
    }

    private static bool TryReadAddresses(ReadOnlySpan<byte> packet, bool isIPv6, out TunnelAddress source, out TunnelAddress destination)
    {
        (source, destination) = (default, default);
        if (isIPv6 && IPv6View.TryParse(packet, out IPv6View v6))
        {
            (source, destination) = (new TunnelAddress(v6.Source), new TunnelAddress(v6.Destination));
            return true;
        }

        if (!isIPv6 && IPv4View.TryParse(packet, out IPv4View v4))
        {
            (source, destination) = (new TunnelAddress(v4.Source), new TunnelAddress(v4.Destination));
            return true;
        }

        return false;
    }

    private static uint PseudoHeader(TunnelAddress source, TunnelAddress destination, int length) => source.IsIPv6
        ? InternetChecksum.PseudoHeader(source.V6, destination.V6, IpProtocol.Udp, length)
        : InternetChecksum.PseudoHeader(source.V4, destination.V4, IpProtocol.Udp, length);
}
