using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Puts frames into VXLAN or Geneve (RFC 7348, RFC 8926): writes Ethernet, IP, UDP and tunnel header in front of an inner
/// frame that stays where it is.
/// </summary>
/// <remarks>
/// One instance a local endpoint and worker. Work a frame: a copy of 50 or 70 bytes, one keyed hash, and a pass over the
/// inner frame only if the checksum policy asks for one. Nothing is allocated after construction but peers.
/// </remarks>
public sealed class TunnelEncapsulator
{
    /// <summary>Largest virtual network identifier: 24 bits (RFC 7348 section 5).</summary>
    public const uint MaxVni = 0xFF_FFFF;

    /// <summary>Room that outer headers need at most.</summary>
    public const int MaxHeaderBytes = OuterFormat.EthernetLength + OuterFormat.IPv6Length + OuterFormat.UdpLength + OuterFormat.TunnelLength;

    /// <summary>How much of the outer headers is the tunnel's own, at their end.</summary>
    public const int TunnelHeaderBytes = OuterFormat.TunnelLength;

    private readonly VtepOptions _options;
    private readonly bool _computeChecksum;
    private EncapCounters _counters;

    /// <summary>Creates an encapsulator.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public TunnelEncapsulator(VtepOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _computeChecksum = options.Checksum == OuterChecksum.Always || (options.Checksum == OuterChecksum.Standard && !options.Address.IsIPv4);
        Entropy = new FlowEntropy(options.EntropySeed, options.SourcePortMin, options.SourcePortMax);
    }

    /// <summary>What it was created with.</summary>
    public VtepOptions Options => _options;

    /// <summary>Chooses source ports.</summary>
    public FlowEntropy Entropy { get; }

    /// <summary>What happened so far.</summary>
    public ref readonly EncapCounters Counters => ref _counters;

    /// <summary>Prepares the outer headers towards a remote endpoint. Control path: allocates.</summary>
    /// <param name="remote">A unicast address of the same family as the local one.</param>
    /// <exception cref="ArgumentException">The address is no such address.</exception>
    public TunnelPeer CreatePeer(VtepAddress remote)
    {
        if (!remote.IsUnicast || remote.IsIPv4 != _options.Address.IsIPv4)
        {
            throw new ArgumentException($"The remote endpoint is {remote}; it must be a unicast address of the family of {_options.Address}.", nameof(remote));
        }

        return new TunnelPeer(_options, remote);
    }

    /// <summary>Writes the outer headers for one inner frame.</summary>
    /// <param name="header">
    /// Where they go: exactly <see cref="TunnelPeer.HeaderBytes"/> bytes, as a rule the headroom right in front of the inner frame.
    /// </param>
    /// <param name="inner">The inner frame from its Ethernet header on, without frame check sequence.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="inner"/>.</param>
    /// <param name="peer">A peer of this encapsulator.</param>
    /// <param name="vni">Virtual network identifier, 0 to <see cref="MaxVni"/>.</param>
    /// <returns><see cref="EncapVerdict.Encapsulated"/>, or why nothing was written.</returns>
    /// <exception cref="ArgumentException"><paramref name="header"/> has another size or <paramref name="vni"/> more than 24 bits.</exception>
    public EncapVerdict WriteHeader(Span<byte> header, ReadOnlySpan<byte> inner, in PacketLayout layout, TunnelPeer peer, uint vni) =>
        Write(header, inner, layout, peer, vni, isControl: false);

    /// <summary>
    /// Whether <see cref="WriteSuperframeHeader"/> may be used: what is cut by a device has a UDP checksum and, over IPv4, identifications that count up from
    /// the same number in every superframe, which means something only where packets may be fragmented.
    /// </summary>
    public bool TakesSuperframes => _options.Checksum != OuterChecksum.Zero && (_options.DontFragment || !_options.Address.IsIPv4);

    /// <summary>
    /// Writes the outer headers for the first of the frames that a superframe will be cut into. Whoever cuts it repeats them, and writes lengths and checksums anew.
    /// </summary>
    /// <param name="header">As in <see cref="WriteHeader"/>.</param>
    /// <param name="superframe">The superframe, which counts as one frame.</param>
    /// <param name="frameBytes">Bytes of its longest frame, which is the first.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="superframe"/>.</param>
    /// <param name="peer">A peer of this encapsulator.</param>
    /// <param name="vni">Virtual network identifier, 0 to <see cref="MaxVni"/>.</param>
    /// <returns><see cref="EncapVerdict.Encapsulated"/>, or why nothing was written.</returns>
    /// <exception cref="ArgumentException"><paramref name="header"/> has another size or <paramref name="vni"/> more than 24 bits.</exception>
    public EncapVerdict WriteSuperframeHeader(Span<byte> header, ReadOnlySpan<byte> superframe, int frameBytes, in PacketLayout layout, TunnelPeer peer, uint vni)
    {
        EncapVerdict verdict = Write(header, superframe[..frameBytes], layout, peer, vni, isControl: false);
        _counters.Bytes += verdict == EncapVerdict.Encapsulated ? superframe.Length - frameBytes : 0;
        return verdict;
    }

    /// <summary>
    /// Writes the outer headers for a packet between the endpoints themselves, such as BFD: with Geneve the O bit is set
    /// (RFC 8926 section 3.4, RFC 9521), the other protocols have nothing of the kind.
    /// </summary>
    /// <inheritdoc cref="WriteHeader"/>
    public EncapVerdict WriteControlHeader(Span<byte> header, ReadOnlySpan<byte> inner, in PacketLayout layout, TunnelPeer peer, uint vni) =>
        Write(header, inner, layout, peer, vni, isControl: true);

    private EncapVerdict Write(Span<byte> header, ReadOnlySpan<byte> inner, in PacketLayout layout, TunnelPeer peer, uint vni, bool isControl)
    {
        ReadOnlySpan<byte> template = peer.Template;
        if (header.Length != template.Length || vni > MaxVni)
        {
            ThrowBadArgument(header.Length, template.Length, vni);
        }

        if (!peer.IsResolved)
        {
            _counters.NextHopUnresolved++;
            return EncapVerdict.NextHopUnresolved;
        }

        if (inner.Length > peer.MaxInnerBytes)
        {
            _counters.TooBig++;
            return EncapVerdict.TooBig;
        }

        template.CopyTo(header);
        if (isControl && _options.Protocol == TunnelProtocol.Geneve)
        {
            header[^(OuterFormat.TunnelLength - 1)] |= OuterFormat.GeneveControlFlag;
        }

        Finish(header, peer, FieldsOf(inner, layout, vni), inner);
        _counters.Encapsulated++;
        _counters.Bytes += header.Length + inner.Length;
        return EncapVerdict.Encapsulated;
    }

    /// <summary>What the outer headers take from an inner frame.</summary>
    internal OuterFields FieldsOf(ReadOnlySpan<byte> inner, in PacketLayout layout, uint vni)
    {
        _counters.FragmentEntropy += layout.IsFragment ? 1 : 0;
        return new OuterFields(vni, Entropy.SourcePort(inner, layout), (byte)OuterTrafficClass(inner, layout));
    }

    /// <summary>Fills in what differs from packet to packet, in headers that are a copy of one of the peer's templates.</summary>
    internal void Finish(Span<byte> header, TunnelPeer peer, in OuterFields fields, ReadOnlySpan<byte> payload)
    {
        bool isIPv4 = peer.IsIPv4;
        int udpOffset = OuterFormat.EthernetLength + (isIPv4 ? OuterFormat.IPv4Length : OuterFormat.IPv6Length);
        Span<byte> ip = header[OuterFormat.EthernetLength..];
        Span<byte> udp = header[udpOffset..];
        int udpBytes = udp.Length + payload.Length;
        if (isIPv4)
        {
            FinishIPv4(ip, peer, OuterFormat.IPv4Length + udpBytes, fields.TrafficClass);
        }
        else
        {
            ip[0] |= (byte)(fields.TrafficClass >> 4);
            ip[1] |= (byte)(fields.TrafficClass << 4);
            BinaryPrimitives.WriteUInt16BigEndian(ip[OuterFormat.IPv6PayloadLengthOffset..], (ushort)udpBytes);
        }

        BinaryPrimitives.WriteUInt16BigEndian(udp, fields.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[OuterFormat.UdpLengthOffset..], (ushort)udpBytes);
        // The byte behind the VNI is zero, or a fragment's.
        Span<byte> vni = udp.Slice(OuterFormat.UdpLength + OuterFormat.VniOffset, sizeof(uint));
        BinaryPrimitives.WriteUInt32BigEndian(vni, (fields.Vni << 8) | vni[3]);
        if (_computeChecksum)
        {
            uint headers = peer.PseudoHeaderSum + (uint)udpBytes + InternetChecksum.Sum(udp);
            BinaryPrimitives.WriteUInt16BigEndian(udp[UdpHeader.ChecksumOffset..], InternetChecksum.ComputeUdp(payload, headers));
        }
    }

    private static void ThrowBadArgument(int headerBytes, int expectedBytes, uint vni) => throw new ArgumentException(vni > MaxVni
        ? $"vni is {vni}; the allowed range is 0 to {MaxVni}."
        : $"header has {headerBytes} bytes; this peer's headers need exactly {expectedBytes}.");

    private void FinishIPv4(Span<byte> ip, TunnelPeer peer, int totalLength, int trafficClass)
    {
        // An atomic datagram needs no identification (RFC 6864 section 4.1).
        ushort identification = _options.DontFragment ? (ushort)0 : peer.NextIdentification++;
        ip[OuterFormat.IPv4TypeOfServiceOffset] = (byte)trafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(ip[OuterFormat.IPv4TotalLengthOffset..], (ushort)totalLength);
        BinaryPrimitives.WriteUInt16BigEndian(ip[OuterFormat.IPv4IdentificationOffset..], identification);
        uint sum = peer.IPv4Sum + (uint)trafficClass + (uint)totalLength + identification;
        BinaryPrimitives.WriteUInt16BigEndian(ip[OuterFormat.IPv4ChecksumOffset..], InternetChecksum.Fold(sum));
    }

    /// <summary>The outer traffic class: code point by option, congestion field by RFC 6040 section 4.1.</summary>
    private int OuterTrafficClass(ReadOnlySpan<byte> inner, in PacketLayout layout)
    {
        int innerClass = TrafficClass.Read(inner, layout);
        int dscp = _options.Dscp is byte configured ? configured << 2 : innerClass & ~3;
        return _options.Ecn == OuterEcn.Normal ? dscp | (innerClass & 3) : dscp;
    }
}
