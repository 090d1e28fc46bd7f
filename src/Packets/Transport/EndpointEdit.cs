using System.Buffers.Binary;

namespace Weft.Packets;

/// <summary>
/// Puts an address and a port in place of others, in a packet or in the one that an ICMP error embeds, and repairs every checksum over
/// them (RFC 1624, RFC 3022 section 4.1). Lengths never change.
/// </summary>
public static class EndpointEdit
{
    private const int TcpChecksumOffset = 16;
    private const int UdpChecksumOffset = 6;

    /// <summary>Changes the sender's or the receiver's endpoint.</summary>
    /// <param name="frame">The bytes that <paramref name="layout"/> was made from.</param>
    /// <param name="layout">Where the headers are, of IPv4 or IPv6 without an error.</param>
    /// <param name="source">True for the sender.</param>
    /// <param name="address">The new address; for an IPv4 packet a mapped one (<see cref="IPv6Address.MapIPv4"/>).</param>
    /// <param name="port">The new port; null to keep it. Without meaning for packets without ports, and for later fragments.</param>
    /// <returns>False, with nothing changed, for another port of SCTP, whose checksum covers the whole packet (RFC 9260 section 6.8).</returns>
    public static bool TrySet(Span<byte> frame, in PacketLayout layout, bool source, IPv6Address address, ushort? port)
    {
        bool hasTransport = layout.HasL4 && (layout.Flags & LayoutFlags.LaterFragment) == 0;
        if (hasTransport && port is not null && layout.Protocol == IpProtocol.Sctp && ReadPort(frame[layout.L4Offset..], source) != port)
        {
            return false;
        }

        ChecksumDelta pseudo = SetAddress(frame[layout.L3Offset..], layout.IsIPv4, source, address);
        if (hasTransport)
        {
            _ = SetTransport(frame[layout.L4Offset..layout.EndOffset], layout.Protocol, source, pseudo, port);
        }

        return true;
    }

    /// <summary>
    /// Changes an endpoint of the packet that an ICMP error embeds, as far as that is there: RFC 792 promises eight octets behind its
    /// IP header. The checksums in it and that of the error are repaired (RFC 5508 section 4.2).
    /// </summary>
    /// <param name="frame">The bytes that <paramref name="layout"/> was made from.</param>
    /// <param name="layout">Where the headers of the error are.</param>
    /// <param name="source">True for the sender of the embedded packet.</param>
    /// <param name="address">The new address; for IPv4 a mapped one.</param>
    /// <param name="port">The new port; null to keep it.</param>
    /// <returns>False, with nothing changed, if what is embedded is no packet of the same family.</returns>
    public static bool TrySetEmbedded(Span<byte> frame, in PacketLayout layout, bool source, IPv6Address address, ushort? port)
    {
        Span<byte> message = frame[layout.L4Offset..layout.EndOffset];
        if (message.Length < IcmpFacts.Length)
        {
            return false;
        }

        Span<byte> embedded = message[IcmpFacts.Length..];
        ChecksumDelta all;
        if (layout.IsIPv4 && IPv4View.TryParse(embedded, out IPv4View v4))
        {
            all = SetEmbedded4(embedded, v4.HeaderLength, v4.Protocol, v4.FragmentOffsetBytes != 0, source, address, port);
        }
        else if (layout.IsIPv6 && IPv6View.TryParse(embedded, out IPv6View v6))
        {
            IPv6ExtensionWalk walk = v6.WalkExtensions();
            all = SetAddress(embedded, isIPv4: false, source, address);
            if (walk.Error == LayoutError.None && !walk.IsLaterFragment)
            {
                all += SetTransport(embedded[(IPv6Facts.Length + walk.Length)..], walk.Protocol, source, all, port);
            }
        }
        else
        {
            return false;
        }

        ushort before = Wire.U16(message, IcmpFacts.ChecksumOffset);
        BinaryPrimitives.WriteUInt16BigEndian(message[IcmpFacts.ChecksumOffset..], all.Apply(before));
        return true;
    }

    private static ChecksumDelta SetEmbedded4(Span<byte> packet, int headerLength, IpProtocol protocol, bool isLater, bool source, IPv6Address address, ushort? port)
    {
        ushort before = Wire.U16(packet, IPv4Facts.ChecksumOffset);
        ChecksumDelta pseudo = SetAddress(packet, isIPv4: true, source, address);
        ChecksumDelta all = pseudo + ChecksumDelta.Of(before, Wire.U16(packet, IPv4Facts.ChecksumOffset));
        return isLater ? all : all + SetTransport(packet[headerLength..], protocol, source, pseudo, port);
    }

    /// <returns>What the change does to a checksum over a pseudo header.</returns>
    private static ChecksumDelta SetAddress(Span<byte> packet, bool isIPv4, bool source, IPv6Address address)
    {
        if (!isIPv4)
        {
            Span<byte> place6 = packet[(source ? IPv6Facts.SourceOffset : IPv6Facts.DestinationOffset)..];
            var delta6 = ChecksumDelta.Of(IPv6Address.Read(place6), address);
            address.Write(place6);
            return delta6;
        }

        var to = new IPv4Address((uint)address.Low);
        Span<byte> place = packet[(source ? IPv4Facts.SourceOffset : IPv4Facts.DestinationOffset)..];
        var delta = ChecksumDelta.Of(IPv4Address.Read(place), to);
        to.Write(place);
        BinaryPrimitives.WriteUInt16BigEndian(packet[IPv4Facts.ChecksumOffset..], delta.Apply(Wire.U16(packet, IPv4Facts.ChecksumOffset)));
        return delta;
    }

    /// <returns>What all changes together do to a checksum over the transport header, its own checksum included.</returns>
    private static ChecksumDelta SetTransport(Span<byte> transport, IpProtocol protocol, bool source, ChecksumDelta pseudo, ushort? port)
    {
        ChecksumDelta ports = port is ushort to ? SetPort(transport, protocol, source, to) : ChecksumDelta.None;
        (int offset, bool coversAddresses) = protocol switch
        {
            IpProtocol.Tcp => (TcpChecksumOffset, true),
            IpProtocol.Udp => (UdpChecksumOffset, true),
            IpProtocol.IcmpV6 => (IcmpFacts.ChecksumOffset, true),
            IpProtocol.Icmp => (IcmpFacts.ChecksumOffset, false),
            _ => (int.MaxValue, false),
        };
        if (offset > transport.Length - sizeof(ushort))
        {
            return ports;
        }

        ushort before = Wire.U16(transport, offset);
        ChecksumDelta covered = coversAddresses ? ports + pseudo : ports;
        ushort after = protocol == IpProtocol.Udp ? covered.ApplyUdp(before) : covered.Apply(before);
        BinaryPrimitives.WriteUInt16BigEndian(transport[offset..], after);
        return ports + ChecksumDelta.Of(before, after);
    }

    private static ChecksumDelta SetPort(Span<byte> transport, IpProtocol protocol, bool source, ushort to)
    {
        if (transport.Length < 2 * sizeof(ushort) || protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
        {
            return ChecksumDelta.None;
        }

        ushort from = ReadPort(transport, source);
        BinaryPrimitives.WriteUInt16BigEndian(transport[(source ? 0 : sizeof(ushort))..], to);
        return ChecksumDelta.Of(from, to);
    }

    private static ushort ReadPort(ReadOnlySpan<byte> transport, bool source) => Wire.U16(transport, source ? 0 : sizeof(ushort));
}
