using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// The packet that an ICMP error quotes: whole up to its IP header, and of the rest at least what RFC 792 and RFC 4443 promise.
/// </summary>
internal readonly ref struct QuotedPacket
{
    /// <summary>Who sent it.</summary>
    public VtepAddress Source { get; private init; }

    /// <summary>Whom it was for.</summary>
    public VtepAddress Destination { get; private init; }

    /// <summary>Protocol behind the IP header and its extensions.</summary>
    public IpProtocol Protocol { get; private init; }

    /// <summary>Length of the whole packet, as its IP header says.</summary>
    public int TotalLength { get; private init; }

    /// <summary>What is quoted of the packet behind its IP headers.</summary>
    public ReadOnlySpan<byte> Transport { get; private init; }

    /// <summary>Reads an IPv4 packet. False if its header is damaged or it is a later fragment.</summary>
    public static bool TryReadIPv4(ReadOnlySpan<byte> datagram, out QuotedPacket packet)
    {
        packet = default;
        if (!IPv4View.TryParse(datagram, out IPv4View ip) || ip.FragmentOffsetBytes != 0)
        {
            return false;
        }

        packet = new QuotedPacket
        {
            Source = new VtepAddress(ip.Source),
            Destination = new VtepAddress(ip.Destination),
            Protocol = ip.Protocol,
            TotalLength = ip.TotalLength,
            Transport = ip.Payload,
        };
        return true;
    }

    /// <summary>Reads an IPv6 packet. False if a header is damaged or it is a later fragment.</summary>
    public static bool TryReadIPv6(ReadOnlySpan<byte> datagram, out QuotedPacket packet)
    {
        packet = default;
        if (!IPv6View.TryParse(datagram, out IPv6View ip) || ip.WalkExtensions() is not { Error: LayoutError.None, IsLaterFragment: false } walk)
        {
            return false;
        }

        packet = new QuotedPacket
        {
            Source = new VtepAddress(ip.Source),
            Destination = new VtepAddress(ip.Destination),
            Protocol = walk.Protocol,
            TotalLength = IPv6Header.Length + ip.PayloadLength,
            Transport = ip.Payload[walk.Length..],
        };
        return true;
    }

    /// <summary>True if it is a datagram between these ports.</summary>
    public bool IsUdp(ushort sourceMin, ushort sourceMax, ushort destination) =>
        TryReadPorts(out ushort source, out ushort to) && to == destination && source >= sourceMin && source <= sourceMax;

    /// <summary>
    /// True if one of the associations sealed it: its ports if it has any, its SPI, and a sequence number that was used. The
    /// quotation must reach as far as the sequence number.
    /// </summary>
    public bool IsSealedBy(EspOutboundSa[] associations)
    {
        ReadOnlySpan<byte> esp = Transport;
        ushort source = 0;
        ushort destination = 0;
        if (Protocol == IpProtocol.Udp)
        {
            if (!TryReadPorts(out source, out destination) || Transport.Length < UdpHeader.Length)
            {
                return false;
            }

            esp = Transport[UdpHeader.Length..];
        }
        else if (Protocol != IpProtocol.Esp)
        {
            return false;
        }

        if (!EspView.TryParse(esp, out EspView header))
        {
            return false;
        }

        foreach (EspOutboundSa association in associations)
        {
            EspUdpPorts ports = association.Udp ?? default;
            if (association.Spi == header.Spi && association.HasUsed(header.SequenceNumber)
                && (ports.Source, ports.Destination) == (source, destination))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryReadPorts(out ushort source, out ushort destination)
    {
        const int Ports = 2 * sizeof(ushort);
        (source, destination) = (0, 0);
        if (Protocol != IpProtocol.Udp || Transport.Length < Ports)
        {
            return false;
        }

        source = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(Transport);
        destination = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(Transport[sizeof(ushort)..]);
        return true;
    }
}
