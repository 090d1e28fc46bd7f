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
/// <para>
/// Options of Geneve that are not critical are ignored, unknown critical ones drop the packet. The only one this endpoint may know
/// is that of <see cref="VtepOptions.Fragmentation"/>: its packets go to a <see cref="TunnelReassembler"/>, and the frame that comes of
/// them back to <see cref="OpenReassembled"/>.
/// </para>
/// </remarks>
public sealed class TunnelDecapsulator
{
    private const int GeneveVersionShift = 6;
    private const byte GpeVersionMask = 0x30;

    private const int EcnMask = 3, DscpMask = 63, DscpShift = 2;

    private readonly VtepOptions _options;
    private readonly ushort _port;
    private readonly GeneveFragmentOption? _fragmentOption;
    private DecapCounters _counters;

    /// <summary>Creates a decapsulator.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public TunnelDecapsulator(VtepOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _port = options.EffectiveUdpPort;
        _fragmentOption = options.Fragmentation?.Option;
    }

    /// <summary>What happened so far.</summary>
    public ref readonly DecapCounters Counters => ref _counters;

    /// <summary>Examines one underlay frame.</summary>
    /// <param name="frame">The frame from its Ethernet header on, without frame check sequence.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="frame"/>.</param>
    /// <param name="result">
    /// The inner frame, or the piece of one; meaningful only if <see cref="DecapVerdict.Decapsulated"/> or
    /// <see cref="DecapVerdict.Fragment"/> is returned.
    /// </param>
    /// <param name="checksumIsKnown">
    /// Whether a UDP checksum other than zero is known to be right, as it is of superframes: a device has verified it, or it was left to a device
    /// that the frame has not met.
    /// </param>
    public DecapVerdict Decapsulate(Span<byte> frame, in PacketLayout layout, out DecapsulatedFrame result, bool checksumIsKnown = false)
    {
        result = default;
        DecapVerdict verdict = Open(frame, layout, checksumIsKnown, ref result);
        if (verdict == DecapVerdict.Decapsulated)
        {
            _counters.OptionsIgnored += result.OptionsLength > 0 ? 1 : 0;
        }

        return Count(verdict, result.InnerLength);
    }

    /// <summary>Examines a frame whose fragments were put together, as a frame that came whole is examined.</summary>
    /// <param name="inner">The frame.</param>
    /// <param name="outerEcn">Congestion field of its outer headers, merged over the fragments (RFC 3168 section 5.3), 0 to 3.</param>
    /// <param name="outerDscp">Code point of the outer header of its last fragment to come, 0 to 63.</param>
    /// <param name="layout">Its layout; meaningful only if <see cref="DecapVerdict.Decapsulated"/> is returned.</param>
    /// <returns><see cref="DecapVerdict.Decapsulated"/>, <see cref="DecapVerdict.InnerRunt"/> or <see cref="DecapVerdict.CongestionDrop"/>.</returns>
    public DecapVerdict OpenReassembled(Span<byte> inner, int outerEcn, int outerDscp, out PacketLayout layout) =>
        Count(OpenInner(inner, outerEcn & EcnMask, outerDscp & DscpMask, out layout), inner.Length);

    private DecapVerdict Count(DecapVerdict verdict, int innerBytes)
    {
        if (verdict == DecapVerdict.Decapsulated)
        {
            _counters.Decapsulated++;
            _counters.Bytes += innerBytes;
        }
        else
        {
            _counters.CountRefusal(verdict);
        }

        return verdict;
    }

    private DecapVerdict Open(Span<byte> frame, in PacketLayout layout, bool checksumIsKnown, ref DecapsulatedFrame result)
    {
        DecapVerdict verdict = CheckOuter(frame, layout, ref result);
        if (verdict != DecapVerdict.Decapsulated)
        {
            return verdict;
        }

        if (!UdpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out UdpView udp))
        {
            return DecapVerdict.OuterMalformed;
        }

        verdict = CheckUdp(udp, checksumIsKnown, result);
        if (verdict != DecapVerdict.Decapsulated)
        {
            return verdict;
        }

        result.SourcePort = udp.SourcePort;
        int trafficClass = TrafficClass.Read(frame, layout);
        (result.OuterDscp, result.OuterEcn) = (trafficClass >> DscpShift, trafficClass & EcnMask);
        verdict = OpenTunnel(udp.Payload, layout.L4Offset + OuterFormat.UdpLength, ref result);
        return verdict == DecapVerdict.Decapsulated
            ? OpenInner(frame.Slice(result.InnerOffset, result.InnerLength), result.OuterEcn, result.OuterDscp, out result.Inner)
            : verdict;
    }

    private DecapVerdict CheckOuter(ReadOnlySpan<byte> frame, in PacketLayout layout, ref DecapsulatedFrame result)
    {
        if (frame.Length < EthernetHeader.UntaggedLength)
        {
            return DecapVerdict.OuterMalformed;
        }

        if (layout.VlanId != 0 || MacAddress.Read(frame) != _options.Mac)
        {
            return DecapVerdict.NotForMe;
        }

        if (!layout.IsIPv4 && !layout.IsIPv6)
        {
            return layout.Error == LayoutError.None ? DecapVerdict.NotTunnel : DecapVerdict.OuterMalformed;
        }

        ReadOnlySpan<byte> packet = frame[layout.L3Offset..];
        VtepAddress destination;
        bool intact = true;
        if (IPv4View.TryParse(packet, out IPv4View ip4))
        {
            (result.Source, destination) = (new VtepAddress(ip4.Source), new VtepAddress(ip4.Destination));
            intact = ip4.IsChecksumValid;
        }
        else if (IPv6View.TryParse(packet, out IPv6View ip6))
        {
            (result.Source, destination) = (new VtepAddress(ip6.Source), new VtepAddress(ip6.Destination));
        }
        else
        {
            return DecapVerdict.OuterMalformed;
        }

        if (destination != _options.Address)
        {
            return DecapVerdict.NotForMe;
        }

        return !intact ? DecapVerdict.OuterHeaderChecksum
            : !result.Source.IsUnicast || result.Source == _options.Address ? DecapVerdict.OuterSource
            : layout.IsFragment ? DecapVerdict.OuterFragment
            : layout.Error != LayoutError.None ? DecapVerdict.OuterMalformed
            : layout.Protocol == IpProtocol.Udp && layout.HasL4 ? DecapVerdict.Decapsulated
            : DecapVerdict.NotTunnel;
    }

    private DecapVerdict CheckUdp(UdpView udp, bool checksumIsKnown, in DecapsulatedFrame result)
    {
        if (udp.DestinationPort != _port)
        {
            return DecapVerdict.NotTunnel;
        }

        if (udp.IsTruncated)
        {
            return DecapVerdict.OuterMalformed;
        }

        bool isIPv4 = result.Source.IsIPv4;
        if (udp.Checksum == 0)
        {
            return isIPv4 || _options.AcceptZeroChecksumOverIPv6 ? DecapVerdict.Decapsulated : DecapVerdict.UdpChecksumZero;
        }

        if (checksumIsKnown)
        {
            return DecapVerdict.Decapsulated;
        }

        uint pseudoHeader = isIPv4
            ? InternetChecksum.PseudoHeader(result.Source.V4, _options.Address.V4, IpProtocol.Udp, udp.Length)
            : InternetChecksum.PseudoHeader(result.Source.V6, _options.Address.V6, IpProtocol.Udp, udp.Length);
        return udp.IsChecksumValid(pseudoHeader) ? DecapVerdict.Decapsulated : DecapVerdict.UdpChecksum;
    }

    private DecapVerdict OpenTunnel(ReadOnlySpan<byte> tunnel, int offset, ref DecapsulatedFrame result)
    {
        if (tunnel.Length < OuterFormat.TunnelLength)
        {
            return DecapVerdict.TunnelTruncated;
        }

        var verdict = DecapVerdict.Decapsulated;
        int headerBytes = OuterFormat.TunnelLength;
        if (_options.Protocol == TunnelProtocol.Vxlan)
        {
            if (!VxlanView.TryParse(tunnel, out VxlanView vxlan))
            {
                return DecapVerdict.VniFlagMissing;
            }

            // Flags and reserved bits are ignored on receipt (RFC 7348 section 5), unless an operator gave them a meaning.
            if (_options.Fragmentation is not null && (vxlan.Flags & VxlanFragmentFormat.Flag) != 0)
            {
                if (!VxlanFragmentFormat.TryRead(tunnel, vxlan.Payload.Length, out result.Fragment))
                {
                    return DecapVerdict.BadFragmentOption;
                }

                verdict = DecapVerdict.Fragment;
            }

            result.Vni = vxlan.Vni;
        }
        else if (_options.Protocol == TunnelProtocol.VxlanGpe)
        {
            if (!VxlanGpeView.TryParse(tunnel, out VxlanGpeView gpe))
            {
                return (tunnel[0] & GpeVersionMask) != 0 ? DecapVerdict.TunnelVersion : DecapVerdict.VniFlagMissing;
            }

            verdict = CheckGpe(gpe, out result.Fragment);
            if (verdict is not (DecapVerdict.Decapsulated or DecapVerdict.Fragment))
            {
                return verdict;
            }

            result.Vni = gpe.Vni;
            headerBytes += verdict == DecapVerdict.Fragment ? FragmentFormat.Length : 0;
        }
        else
        {
            if (!GeneveView.TryParse(tunnel, out GeneveView geneve))
            {
                return tunnel[0] >> GeneveVersionShift != 0 ? DecapVerdict.TunnelVersion : DecapVerdict.TunnelTruncated;
            }

            verdict = CheckGeneve(geneve, out result.Fragment);
            if (verdict is not (DecapVerdict.Decapsulated or DecapVerdict.Fragment))
            {
                return verdict;
            }

            result.Vni = geneve.Vni;
            headerBytes = geneve.HeaderLength;
        }

        result.OptionsOffset = offset + OuterFormat.TunnelLength;
        result.OptionsLength = _options.Protocol == TunnelProtocol.Geneve ? headerBytes - OuterFormat.TunnelLength : 0;
        result.InnerOffset = offset + headerBytes;
        result.InnerLength = tunnel.Length - headerBytes;
        return verdict;
    }

    private DecapVerdict CheckGpe(VxlanGpeView gpe, out FragmentInfo fragment)
    {
        fragment = default;
        if (gpe.IsOam)
        {
            return DecapVerdict.ControlPacket;
        }

        if (_options.Fragmentation is { } fragmentation && (byte)gpe.NextProtocol == fragmentation.GpeNextProtocol)
        {
            return gpe.Payload.Length >= FragmentFormat.Length && FragmentFormat.TryRead(gpe.Payload[..FragmentFormat.Length], out fragment)
                ? DecapVerdict.Fragment
                : DecapVerdict.BadFragmentOption;
        }

        return gpe.NextProtocol is VxlanGpeProtocol.Ethernet or VxlanGpeProtocol.None ? DecapVerdict.Decapsulated : DecapVerdict.UnknownPayload;
    }

    private DecapVerdict CheckGeneve(GeneveView geneve, out FragmentInfo fragment)
    {
        fragment = default;
        FragmentOptionResult options = FragmentOptionResult.None;
        if (geneve.HeaderLength > OuterFormat.TunnelLength)
        {
            // The type decides, not the header's C flag: a sender that forgets the flag has still said what it wants.
            options = GeneveFragmentOption.Read(geneve.Options, _fragmentOption, out fragment);
        }

        if (options > FragmentOptionResult.Fragment)
        {
            return options switch
            {
                FragmentOptionResult.OptionOverrun => DecapVerdict.OptionOverrun,
                FragmentOptionResult.UnknownCriticalOption => DecapVerdict.UnknownCriticalOption,
                _ => DecapVerdict.BadFragmentOption,
            };
        }

        bool isFragment = options == FragmentOptionResult.Fragment;
        _counters.CriticalFlagMismatch += geneve.HasCriticalOptions != isFragment ? 1 : 0;
        return geneve.IsControl && geneve.Vni != _options.ControlVni ? DecapVerdict.ControlPacket
            : geneve.ProtocolType != EtherType.TransparentEthernet ? DecapVerdict.UnknownPayload
            : isFragment ? DecapVerdict.Fragment
            : DecapVerdict.Decapsulated;
    }

    private DecapVerdict OpenInner(Span<byte> inner, int outerEcn, int outerDscp, out PacketLayout layout)
    {
        if (!PacketLayout.TryParse(inner, out layout))
        {
            return DecapVerdict.InnerRunt;
        }

        if (!layout.IsIPv4 && !layout.IsIPv6)
        {
            return DecapVerdict.Decapsulated;
        }

        int innerEcn = TrafficClass.Read(inner, layout) & EcnMask;
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
            TrafficClass.SetEcn(inner, layout, ecn);
            _counters.CongestionMarked += ecn == EcnTunnelRules.Ce ? 1 : 0;
        }

        if (_options.DscpModel == DscpModel.Uniform)
        {
            TrafficClass.SetDscp(inner, layout, outerDscp);
        }

        return DecapVerdict.Decapsulated;
    }
}
