using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Takes frames out of VXLAN or Geneve (RFC 7348, RFC 8926): checks every outer header and says where the inner frame is.
/// </summary>
/// <remarks>
/// <para>
/// One instance a local endpoint and worker. The frame stays where it is; the only bytes that may change are the inner
/// packet's congestion field and IPv4 header checksum (RFC 6040 section 4.2). Work a frame is bounded: at most 63 Geneve
/// options, and one pass over the datagram if it carries a checksum.
/// </para>
/// <para>Options of Geneve that are not critical are ignored, unknown critical ones drop the packet; this endpoint knows none.</para>
/// </remarks>
public sealed class TunnelDecapsulator
{
    private readonly VtepOptions _options;
    private readonly ushort _port;
    private DecapCounters _counters;

    /// <summary>Creates a decapsulator.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public TunnelDecapsulator(VtepOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _port = options.EffectiveUdpPort;
    }

    /// <summary>What happened so far.</summary>
    public ref readonly DecapCounters Counters => ref _counters;

    /// <summary>Examines one underlay frame.</summary>
    /// <param name="frame">The frame from its Ethernet header on, without frame check sequence.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="frame"/>.</param>
    /// <param name="result">The inner frame; meaningful only if <see cref="DecapVerdict.Decapsulated"/> is returned.</param>
    public DecapVerdict Decapsulate(Span<byte> frame, in PacketLayout layout, out DecapsulatedFrame result)
    {
        result = default;
        DecapVerdict verdict = CheckOuter(frame, layout, ref result);
        if (verdict == DecapVerdict.Decapsulated)
        {
            Span<byte> datagram = frame[layout.L4Offset..layout.EndOffset];
            verdict = CheckUdp(frame, layout, ref datagram);
            if (verdict == DecapVerdict.Decapsulated)
            {
                result.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(datagram);
                verdict = OpenTunnel(datagram[OuterFormat.UdpLength..], layout.L4Offset + OuterFormat.UdpLength, ref result);
            }

            if (verdict == DecapVerdict.Decapsulated)
            {
                verdict = OpenInner(frame.Slice(result.InnerOffset, result.InnerLength), TrafficClass.Read(frame, layout) & 3, ref result);
            }
        }

        Count(verdict, result);
        return verdict;
    }

    private DecapVerdict CheckOuter(ReadOnlySpan<byte> frame, in PacketLayout layout, ref DecapsulatedFrame result)
    {
        if (layout.VlanId != 0 || MacAddress.Read(frame) != _options.Mac)
        {
            return DecapVerdict.NotForMe;
        }

        VtepAddress destination;
        ReadOnlySpan<byte> ip = frame[layout.L3Offset..];
        if (layout.IsIPv4)
        {
            result.Source = new VtepAddress(IPv4Address.Read(ip[OuterFormat.IPv4SourceOffset..]));
            destination = new VtepAddress(IPv4Address.Read(ip[OuterFormat.IPv4DestinationOffset..]));
        }
        else if (layout.IsIPv6)
        {
            result.Source = new VtepAddress(IPv6Address.Read(ip[OuterFormat.IPv6SourceOffset..]));
            destination = new VtepAddress(IPv6Address.Read(ip[OuterFormat.IPv6DestinationOffset..]));
        }
        else
        {
            return layout.Error == LayoutError.None ? DecapVerdict.NotTunnel : DecapVerdict.OuterMalformed;
        }

        if (destination != _options.Address)
        {
            return DecapVerdict.NotForMe;
        }

        if (layout.IsIPv4 && !InternetChecksum.IsValid(ip[..HeaderBytes(ip)]))
        {
            return DecapVerdict.OuterHeaderChecksum;
        }

        if (!result.Source.IsUnicast || result.Source == _options.Address)
        {
            return DecapVerdict.OuterSource;
        }

        if (layout.IsFragment)
        {
            return DecapVerdict.OuterFragment;
        }

        if (layout.Error != LayoutError.None)
        {
            return DecapVerdict.OuterMalformed;
        }

        bool isTunnel = layout.Protocol == IpProtocol.Udp && layout.HasL4
            && BinaryPrimitives.ReadUInt16BigEndian(frame[(layout.L4Offset + OuterFormat.UdpDestinationOffset)..]) == _port;
        return isTunnel ? DecapVerdict.Decapsulated : DecapVerdict.NotTunnel;
    }

    /// <summary>Octets of an IPv4 header that the layout found whole.</summary>
    private static int HeaderBytes(ReadOnlySpan<byte> ip) => (ip[0] & 0xF) * 4;

    private DecapVerdict CheckUdp(ReadOnlySpan<byte> frame, in PacketLayout layout, ref Span<byte> datagram)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[OuterFormat.UdpLengthOffset..]);
        if (length < OuterFormat.UdpLength || length > datagram.Length)
        {
            return DecapVerdict.OuterMalformed;
        }

        datagram = datagram[..length];
        if (BinaryPrimitives.ReadUInt16BigEndian(datagram[OuterFormat.UdpChecksumOffset..]) == 0)
        {
            return layout.IsIPv4 || _options.AcceptZeroChecksumOverIPv6 ? DecapVerdict.Decapsulated : DecapVerdict.UdpChecksumZero;
        }

        ReadOnlySpan<byte> addresses = layout.IsIPv4
            ? frame.Slice(layout.L3Offset + OuterFormat.IPv4SourceOffset, 2 * IPv4Address.Length)
            : frame.Slice(layout.L3Offset + OuterFormat.IPv6SourceOffset, 2 * IPv6Address.Length);
        uint pseudoHeader = InternetChecksum.Sum(addresses) + (uint)length + (uint)IpProtocol.Udp;
        return InternetChecksum.IsValid(datagram, pseudoHeader) ? DecapVerdict.Decapsulated : DecapVerdict.UdpChecksum;
    }

    private DecapVerdict OpenTunnel(ReadOnlySpan<byte> tunnel, int offset, ref DecapsulatedFrame result)
    {
        if (tunnel.Length < OuterFormat.TunnelLength)
        {
            return DecapVerdict.TunnelTruncated;
        }

        int headerBytes = OuterFormat.TunnelLength;
        if (_options.Protocol == TunnelProtocol.Vxlan)
        {
            // All other flags and reserved bits are ignored on receipt (RFC 7348 section 5).
            if ((tunnel[0] & OuterFormat.VxlanVniFlag) == 0)
            {
                return DecapVerdict.VniFlagMissing;
            }
        }
        else
        {
            DecapVerdict verdict = GeneveHeader(tunnel, ref headerBytes);
            if (verdict != DecapVerdict.Decapsulated)
            {
                return verdict;
            }
        }

        result.Vni = BinaryPrimitives.ReadUInt32BigEndian(tunnel[OuterFormat.VniOffset..]) >> 8;
        result.OptionsOffset = offset + OuterFormat.TunnelLength;
        result.OptionsLength = headerBytes - OuterFormat.TunnelLength;
        result.InnerOffset = offset + headerBytes;
        result.InnerLength = tunnel.Length - headerBytes;
        return DecapVerdict.Decapsulated;
    }

    private static DecapVerdict GeneveHeader(ReadOnlySpan<byte> tunnel, ref int headerBytes)
    {
        if (tunnel[0] >> 6 != 0)
        {
            return DecapVerdict.TunnelVersion;
        }

        headerBytes += (tunnel[0] & 0x3F) * 4;
        if (tunnel.Length < headerBytes)
        {
            return DecapVerdict.TunnelTruncated;
        }

        ReadOnlySpan<byte> options = tunnel[OuterFormat.TunnelLength..headerBytes];
        while (options.Length > 0)
        {
            int optionBytes = OuterFormat.GeneveOptionHeaderLength + (options[OuterFormat.GeneveOptionLengthOffset] & OuterFormat.GeneveOptionLengthMask) * 4;
            if (optionBytes > options.Length)
            {
                return DecapVerdict.OptionOverrun;
            }

            if ((options[OuterFormat.GeneveOptionTypeOffset] & OuterFormat.GeneveOptionCritical) != 0)
            {
                return DecapVerdict.UnknownCriticalOption;
            }

            options = options[optionBytes..];
        }

        if ((tunnel[OuterFormat.GeneveFlagsOffset] & OuterFormat.GeneveControlFlag) != 0)
        {
            return DecapVerdict.ControlPacket;
        }

        var protocol = (EtherType)BinaryPrimitives.ReadUInt16BigEndian(tunnel[OuterFormat.GeneveProtocolOffset..]);
        return protocol == EtherType.TransparentEthernet ? DecapVerdict.Decapsulated : DecapVerdict.UnknownPayload;
    }

    private DecapVerdict OpenInner(Span<byte> inner, int outerEcn, ref DecapsulatedFrame result)
    {
        if (!PacketLayout.TryParse(inner, out result.Inner))
        {
            return DecapVerdict.InnerRunt;
        }

        if (!result.Inner.IsIPv4 && !result.Inner.IsIPv6)
        {
            return DecapVerdict.Decapsulated;
        }

        int innerEcn = TrafficClass.Read(inner, result.Inner) & 3;
        int ecn = EcnTunnelRules.Decapsulate(innerEcn, outerEcn);
        if (ecn == EcnTunnelRules.Drop)
        {
            return DecapVerdict.CongestionDrop;
        }

        if (EcnTunnelRules.IsAnomaly(innerEcn, outerEcn))
        {
            _counters.EcnAnomaly++;
        }

        if (ecn != innerEcn)
        {
            TrafficClass.SetEcn(inner, result.Inner, ecn);
            _counters.CongestionMarked += ecn == EcnTunnelRules.Ce ? 1 : 0;
        }

        return DecapVerdict.Decapsulated;
    }

    private void Count(DecapVerdict verdict, in DecapsulatedFrame result)
    {
        if (verdict == DecapVerdict.Decapsulated)
        {
            _counters.Decapsulated++;
            _counters.Bytes += result.InnerLength;
            _counters.OptionsIgnored += result.OptionsLength > 0 ? 1 : 0;
            return;
        }

        _counters.CountRefusal(verdict);
    }
}
