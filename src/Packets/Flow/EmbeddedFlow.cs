namespace Weft.Packets;

/// <summary>
/// The flow of a datagram that an ICMP error embeds. Such a datagram may be cut off eight octets behind its IP header
/// (RFC 792), which is enough for ports and query identifiers, but not for <see cref="PacketLayout"/>.
/// </summary>
public static class EmbeddedFlow
{
    /// <summary>Reads the key of an embedded IPv4 datagram, in the direction in which it was sent before it met the error.</summary>
    /// <param name="datagram">What <see cref="IcmpView.EmbeddedPacket"/> gave.</param>
    /// <param name="key">The key; its <see cref="FlowKey4.Reversed"/> is that of packets that go where the error goes.</param>
    /// <param name="scope">Address space of the datagram; only the low 24 bits are used.</param>
    /// <returns>False if the header is damaged, the ports are cut off, or it is a later fragment or no query of ICMP.</returns>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out FlowKey4 key, uint scope = 0)
    {
        key = default;
        if (!IPv4View.TryParse(datagram, out IPv4View view)
            || view.FragmentOffsetBytes != 0
            || !TryReadPorts(view.Protocol, view.Payload, out ushort source, out ushort destination))
        {
            return false;
        }

        key = new FlowKey4(view.Source, view.Destination, view.Protocol, source, destination, scope);
        return true;
    }

    /// <summary>Reads the key of an embedded IPv6 datagram, in the direction in which it was sent before it met the error.</summary>
    /// <param name="datagram">What <see cref="IcmpV6View.EmbeddedPacket"/> gave.</param>
    /// <param name="key">The key; its <see cref="FlowKey6.Reversed"/> is that of packets that go where the error goes.</param>
    /// <param name="scope">Address space of the datagram; only the low 24 bits are used.</param>
    /// <returns>False if a header is damaged, the ports are cut off, or it is a later fragment or no query of ICMPv6.</returns>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out FlowKey6 key, uint scope = 0)
    {
        key = default;
        if (!IPv6View.TryParse(datagram, out IPv6View view))
        {
            return false;
        }

        IPv6ExtensionWalk walk = view.WalkExtensions();
        if (walk.Error != LayoutError.None
            || walk.IsLaterFragment
            || !TryReadPorts(walk.Protocol, view.Payload[walk.Length..], out ushort source, out ushort destination))
        {
            return false;
        }

        key = new FlowKey6(view.Source, view.Destination, walk.Protocol, source, destination, scope);
        return true;
    }

    private static bool TryReadPorts(IpProtocol protocol, ReadOnlySpan<byte> transport, out ushort source, out ushort destination)
    {
        source = destination = 0;
        switch (protocol)
        {
            case IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp:
                if (transport.Length < 2 * sizeof(ushort))
                {
                    return false;
                }

                source = Wire.U16(transport, 0);
                destination = Wire.U16(transport, sizeof(ushort));
                return true;
            case IpProtocol.Icmp or IpProtocol.IcmpV6:
                if (transport.Length < IcmpFacts.SequenceOffset)
                {
                    return false;
                }

                IcmpQueryRole role = IcmpFacts.RoleOf(protocol, transport[0]);
                ushort identifier = Wire.U16(transport, IcmpFacts.IdentifierOffset);
                (source, destination) = role == IcmpQueryRole.Request ? (identifier, (ushort)0) : ((ushort)0, identifier);
                return role != IcmpQueryRole.None;
            default:
                return true;
        }
    }
}
