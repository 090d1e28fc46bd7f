using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Opens frames with ESP in place: finds ESP behind IP or UDP, its association, authenticates, decrypts, and puts the
/// headers together again as they were before they were sealed.
/// </summary>
/// <remarks>
/// <para>One instance a worker. The bytes of a frame that is not opened are unspecified behind its UDP or IP header.</para>
/// <para>Any source port is accepted with a known SPI: peers choose ports for their own reasons (RFC 9611), and a translator may
/// change them. The UDP checksum is not verified: the tag proves more, and senders leave it unfinished (RFC 3948 section 2.1).
/// The outer IP header is not covered by the tag in transport mode: compare <see cref="OpenedFrame.Owner"/> with the peer that
/// the source address names.</para>
/// </remarks>
public sealed class EspOpener
{
    private readonly SecurityAssociationDatabase _associations;
    private readonly ushort _udpPort;
    private EspOpenCounters _counters;

    /// <summary>Creates an opener.</summary>
    /// <param name="associations">Where associations are found; the caller adds and removes between frames.</param>
    /// <param name="udpPort">Destination port of ESP in UDP, 1 to 65535.</param>
    /// <exception cref="ArgumentOutOfRangeException">The port is 0.</exception>
    public EspOpener(SecurityAssociationDatabase associations, ushort udpPort = EspHeader.UdpPort)
    {
        ArgumentNullException.ThrowIfNull(associations);
        ArgumentOutOfRangeException.ThrowIfZero(udpPort);
        (_associations, _udpPort) = (associations, udpPort);
    }

    /// <summary>What happened so far besides what each association counts.</summary>
    public ref readonly EspOpenCounters Counters => ref _counters;

    /// <summary>Opens a frame.</summary>
    /// <param name="frame">From the Ethernet header on.</param>
    /// <param name="layout">Its layout, offsets from the start of <paramref name="frame"/>.</param>
    /// <param name="result">Where the frame without ESP lies, if the result is <see cref="EspStatus.Ok"/>; its <c>Spi</c> whenever there was one.</param>
    public EspStatus Open(Span<byte> frame, in PacketLayout layout, out OpenedFrame result)
    {
        EspStatus status = Locate(frame, layout, out int espOffset, out int espLength, out result);
        if (status == EspStatus.Ok)
        {
            status = OpenWith(result.Spi, frame, layout, espOffset, espLength, ref result);
        }

        _counters.Count(status);
        return status;
    }

    private EspStatus Locate(ReadOnlySpan<byte> frame, in PacketLayout layout, out int offset, out int length, out OpenedFrame result)
    {
        (offset, length, result) = (0, 0, default);
        bool isUdp = layout.Protocol == IpProtocol.Udp;
        if ((!isUdp && layout.Protocol != IpProtocol.Esp) || (!layout.IsIPv4 && !layout.IsIPv6))
        {
            return EspStatus.NotEsp;
        }

        if (layout.IsFragment || layout.Error != LayoutError.None)
        {
            // Which port a fragment goes to is unknown for all but the first: it is not for us to refuse.
            return isUdp ? EspStatus.NotEsp : EspStatus.Malformed;
        }

        (offset, length) = (layout.L4Offset, layout.EndOffset - layout.L4Offset);
        if (isUdp)
        {
            if (!UdpView.TryParse(frame.Slice(offset, length), out UdpView udp) || udp.DestinationPort != _udpPort)
            {
                return EspStatus.NotEsp;
            }

            // A datagram shorter than the IP packet could hide bytes that only one of two readers sees.
            if (udp.Length != length)
            {
                return EspStatus.Malformed;
            }

            switch (EspHeader.Classify(udp.Payload))
            {
                case EspUdpContent.KeepAlive: return EspStatus.KeepAlive;
                case EspUdpContent.Ike: return EspStatus.Ike;
                case EspUdpContent.Malformed: return EspStatus.Truncated;
                default: break;
            }

            (offset, length) = (offset + UdpHeader.Length, length - UdpHeader.Length);
        }

        if (!EspView.TryParse(frame.Slice(offset, length), out EspView esp))
        {
            // SPI 0 is never on the wire (RFC 4303 section 2.1), so nobody has it.
            return length < EspHeader.Length ? EspStatus.Truncated : EspStatus.UnknownSpi;
        }

        result = new OpenedFrame { Spi = esp.Spi };
        if (IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View ip) && !ip.IsChecksumValid)
        {
            // Without ESP the header gets a new checksum: damage would be hidden.
            return EspStatus.Malformed;
        }

        if (layout.IsIPv6 && layout.L4Offset - layout.L3Offset != IPv6Header.Length)
        {
            // Extension headers in front of ESP: nobody who speaks for a tunnel sends them, and what they say is not authenticated.
            return EspStatus.Malformed;
        }

        return EspStatus.Ok;
    }

    private EspStatus OpenWith(uint spi, Span<byte> frame, in PacketLayout layout, int espOffset, int espLength, ref OpenedFrame result)
    {
        EspInboundSa? association = _associations.Find(spi);
        if (association is null)
        {
            return EspStatus.UnknownSpi;
        }

        EspStatus status = association.Open(frame.Slice(espOffset, espLength), out EspPayload payload);
        if (status != EspStatus.Ok)
        {
            return status;
        }

        int inside = espOffset + payload.Offset;
        (result.Owner, result.Sequence) = (association.Owner, payload.Sequence);
        return association.Mode == EspMode.Transport
            ? CloseTransport(frame, layout, inside, payload, ref result)
            : CloseTunnel(frame, layout, inside, payload, ref result);
    }

    private static EspStatus CloseTransport(Span<byte> frame, in PacketLayout layout, int inside, in EspPayload payload, ref OpenedFrame result)
    {
        // An IP packet or another ESP packet inside would need another look at policy than transport mode gives it.
        if ((IpProtocol)payload.NextHeader is IpProtocol.IPv4 or IpProtocol.IPv6 or IpProtocol.Esp)
        {
            return EspStatus.WrongPayload;
        }

        int start = inside - layout.L4Offset;
        frame[..layout.L4Offset].CopyTo(frame[start..]);
        Span<byte> ip = frame[(start + layout.L3Offset)..];
        int ipLength = layout.L4Offset - layout.L3Offset;
        EspOuterHeader.SetPayload(ip, layout.IsIPv4, ipLength, payload.Length, (IpProtocol)payload.NextHeader);
        (result.Offset, result.Length) = (start, layout.L4Offset + payload.Length);
        return EspStatus.Ok;
    }

    private static EspStatus CloseTunnel(Span<byte> frame, in PacketLayout layout, int inside, in EspPayload payload, ref OpenedFrame result)
    {
        EtherType type = (IpProtocol)payload.NextHeader switch
        {
            IpProtocol.IPv4 => EtherType.IPv4,
            IpProtocol.IPv6 => EtherType.IPv6,
            _ => EtherType.None,
        };
        Span<byte> packet = frame.Slice(inside, payload.Length);
        if (type == EtherType.None
            || !PacketLayout.TryParseNetwork(packet, type, out PacketLayout inner)
            || (!inner.IsIPv4 && !inner.IsIPv6))
        {
            return EspStatus.WrongPayload;
        }

        int innerEcn = TrafficClass.Read(packet, inner) & 3;
        int ecn = EcnTunnelRules.Decapsulate(innerEcn, TrafficClass.Read(frame, layout) & 3);
        if (ecn == EcnTunnelRules.Drop)
        {
            return EspStatus.CongestionDrop;
        }

        if (ecn != innerEcn)
        {
            TrafficClass.SetEcn(packet, inner, ecn);
        }

        int start = inside - layout.L3Offset;
        frame[..layout.L3Offset].CopyTo(frame[start..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[(inside - sizeof(ushort))..], (ushort)type);
        (result.Offset, result.Length) = (start, layout.L3Offset + inner.EndOffset);
        return EspStatus.Ok;
    }
}
