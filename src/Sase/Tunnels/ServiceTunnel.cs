using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Sase.Tunnels;

/// <summary>
/// The point-to-point tunnels between gateways and nodes: what is in front of a tenant's frame.
/// </summary>
/// <remarks>
/// Geneve carries two options of the configured class, both not critical, so that endpoints which do not know them ignore them:
/// <code>
/// type 1, 4 octets: epoch
/// type 2, 8 octets: gateway (16 bits), policy (16 bits), cookie (32 bits)
/// </code>
/// NSH carries the same in its fixed context, epoch first, behind it four octets of zero; its path is the VNI.
/// </remarks>
internal sealed class ServiceTunnel
{
    /// <summary>Set in the context's gateway once a node has sent the packet on.</summary>
    public const ushort RedirectedFlag = 0x8000;

    /// <summary>Gateway of a packet that came from the Internet and not from a gateway.</summary>
    public const ushort FromUplink = 0x7FFF;

    /// <summary>Octets of the frame's header.</summary>
    public const int EthernetLength = 14;

    /// <summary>Octets in front of the tunnel header.</summary>
    public const int OuterLength = IPv4Header.MinLength + UdpHeader.Length;

    private const byte EpochType = 1;
    private const byte ContextType = 2;
    private const int OptionsLength = 20;

    /// <summary>The first word of a VXLAN header that says nothing but that there is a network identifier (RFC 7348 section 5).</summary>
    private const uint PlainVxlan = 0x0800_0000;
    private const int NshLength = NshHeader.MinLength + NshHeader.FixedContextLength;
    private const int ContextWords = 12;
    private const byte FirstIndex = 255;
    private const byte TimeToLive = 64;

    private readonly PopOptions _options;
    private readonly IPv4Address _local;
    private readonly ushort _port;
    private readonly bool _isNode;

    /// <summary>Octets from the outer IP header to the tenant's frame of a plain packet; 0 for an encapsulation that has none.</summary>
    private readonly int _plainLength;

    /// <summary>The first words of the options of a plain Geneve packet.</summary>
    private readonly uint _epochOption;
    private readonly uint _contextOption;

    public ServiceTunnel(PopOptions options, IPv4Address local, bool isNode)
    {
        (_options, _local, _port, _isNode) = (options, local, options.TunnelPort, isNode);
        _plainLength = options.Encapsulation == ServiceEncapsulation.Nsh ? 0 : OverheadOf(options.Encapsulation) - EthernetLength;
        _epochOption = ((uint)options.OptionClass << 16) | (EpochType << 8) | 1;
        _contextOption = ((uint)options.OptionClass << 16) | (ContextType << 8) | 2;
    }

    /// <summary>Octets from the outer IP header to the inner one.</summary>
    public static int OverheadOf(ServiceEncapsulation encapsulation) => OuterLength + EthernetLength + encapsulation switch
    {
        ServiceEncapsulation.Geneve => GeneveHeader.MinLength + OptionsLength,
        ServiceEncapsulation.Vxlan => VxlanHeader.Length,
        _ => VxlanHeader.Length + NshLength,
    };

    /// <summary>
    /// Recognizes what nearly every packet has in front of the tenant's frame: the headers that <see cref="Write"/> writes, of VXLAN or Geneve. For those it says what
    /// <see cref="Open"/> would say, and costs a third.
    /// </summary>
    /// <param name="packet">The packet from its outer IP header on.</param>
    /// <param name="tunnel">What was found; not filled if the answer is false.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryOpenPlain(ReadOnlySpan<byte> packet, out OpenedTunnel tunnel)
    {
        Unsafe.SkipInit(out tunnel);
        if (_plainLength == 0 || packet.Length < _plainLength + EthernetLength)
        {
            return false;
        }

        ulong first = Unchecked.Load64(packet, 0);
        ulong second = Unchecked.Load64(packet, 8);
        ulong third = Unchecked.Load64(packet, 16);
        uint lengths = Unchecked.Load32(packet, 24);
        int total = (ushort)(first >> 32);
        var source = new IPv4Address((uint)second);
        if (first >> 56 != 0x45 || (first & PlainPackets.FragmentMask) != 0 || total > packet.Length || total < _plainLength + EthernetLength
            || (IpProtocol)(byte)(second >> 48) != IpProtocol.Udp || lengths != (uint)(total - IPv4Header.MinLength) << 16
            || (uint)(third >> 32) != _local.Value || (ushort)third != _port || source == _local || !PlainPackets.AddsUp(first, second, (uint)(third >> 32)))
        {
            return false;
        }

        ulong header = Unchecked.Load64(packet, OuterLength);
        uint vni = (uint)header >> 8;
        if ((byte)header != 0 || vni is 0 or VxlanHeader.MaxVni)
        {
            return false;
        }

        tunnel = default;
        tunnel.Source = source;
        tunnel.Tos = (byte)(first >> 48);
        tunnel.Vni = vni;
        tunnel.FrameOffset = _plainLength;
        tunnel.End = total;
        return _plainLength == OuterLength + VxlanHeader.Length
            ? header >> 32 == PlainVxlan
            : header >> 32 == ((OptionsLength / 4 << 24) | (uint)EtherType.TransparentEthernet) && TryOpenPlainOptions(packet, ref tunnel);
    }

    /// <summary>True for a frame of one sender, untagged, with an IPv4 packet in it; it has an Ethernet header.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPlainFrame(ReadOnlySpan<byte> frame) =>
        (EtherType)Unchecked.Load16(frame, EthernetLength - 2) == EtherType.IPv4 && (frame[MacAddress.Length] & 1) == 0;

    /// <summary>Checks everything in front of a tenant's frame.</summary>
    public SaseDrop Open(ReadOnlySpan<byte> packet, out OpenedTunnel tunnel)
    {
        SaseDrop drop = OpenOuter(packet, out tunnel);
        if (drop != SaseDrop.None)
        {
            return drop;
        }

        ReadOnlySpan<byte> body = packet[OuterLength..tunnel.End];
        drop = _options.Encapsulation switch
        {
            ServiceEncapsulation.Geneve => OpenGeneve(body, ref tunnel),
            ServiceEncapsulation.Vxlan => OpenVxlan(body, ref tunnel),
            _ => OpenNsh(body, ref tunnel),
        };
        if (drop != SaseDrop.None)
        {
            return drop;
        }

        return tunnel.Vni is 0 or VxlanHeader.MaxVni ? SaseDrop.UnknownVni
            : tunnel.End - tunnel.FrameOffset < EthernetLength ? SaseDrop.InnerMalformed
            : SaseDrop.None;
    }

    /// <summary>Puts outer headers in front of a frame.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="frameOffset">Where the frame begins; there is room for the headers before it.</param>
    /// <param name="frameLength">Bytes of the frame.</param>
    /// <param name="to">The other end.</param>
    /// <param name="vni">Virtual network.</param>
    /// <param name="context">What it is told.</param>
    /// <param name="tos">Type of service, that of the inner packet.</param>
    /// <param name="sourcePort">Outer source port.</param>
    /// <returns>Where the outer IP header begins.</returns>
    public int Write(Span<byte> buffer, int frameOffset, int frameLength, IPv4Address to, uint vni, in ServiceContext context, byte tos, ushort sourcePort)
    {
        int tunnelLength = OverheadOf(_options.Encapsulation) - OuterLength - EthernetLength;
        int start = frameOffset - tunnelLength - OuterLength;
        Span<byte> tunnel = buffer.Slice(frameOffset - tunnelLength, tunnelLength);
        switch (_options.Encapsulation)
        {
            case ServiceEncapsulation.Geneve:
                WriteGeneve(tunnel, vni, context);
                break;
            case ServiceEncapsulation.Vxlan:
                BinaryPrimitives.WriteUInt64BigEndian(tunnel, ((ulong)PlainVxlan << 32) | (vni << 8));
                break;
            default:
                WriteNsh(tunnel, vni, context);
                break;
        }

        WriteOuter(buffer[start..], OuterLength + tunnelLength + frameLength, to, tos, sourcePort);
        return start;
    }

    /// <summary>Sends a packet back to where it came from with everything that came with it, in its own headers.</summary>
    /// <param name="packet">The packet from its outer IP header on.</param>
    /// <param name="tunnel">What was found in it.</param>
    /// <param name="to">The other end.</param>
    /// <param name="epoch">The epoch to tell it.</param>
    /// <param name="tos">Type of service.</param>
    /// <param name="sourcePort">Outer source port.</param>
    public void TurnBack(Span<byte> packet, in OpenedTunnel tunnel, IPv4Address to, Epoch epoch, byte tos, ushort sourcePort)
    {
        if (tunnel.EpochOffset > 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(packet[tunnel.EpochOffset..], epoch.Value);
        }

        if (tunnel.ContextOffset > 0)
        {
            packet[tunnel.ContextOffset] &= (RedirectedFlag >> 8) ^ 0xFF;
        }

        if (tunnel.NshOffset > 0)
        {
            CountNsh(packet[tunnel.NshOffset..]);
        }
        else if (_options.Encapsulation == ServiceEncapsulation.Geneve)
        {
            // Reserved bits are 0 on sending, whatever they were on receipt (RFC 8926 section 3.4).
            packet[OuterLength + 1] &= 0xC0;
            packet[OuterLength + 7] = 0;
        }

        WriteOuter(packet, tunnel.End, to, tos, sourcePort);
    }

    /// <summary>Marks a packet as sent on, and addresses it to another node; who sent it first stays its source.</summary>
    public static void Redirect(Span<byte> packet, in OpenedTunnel tunnel, IPv4Address to)
    {
        packet[tunnel.ContextOffset] |= RedirectedFlag >> 8;
        var delta = ChecksumDelta.Of(IPv4Address.Read(packet[16..]), to);
        to.Write(packet[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], delta.Apply(BinaryPrimitives.ReadUInt16BigEndian(packet[10..])));
        // What the UDP checksum covers has changed; none is allowed over IPv4 (RFC 8926 section 3.3).
        BinaryPrimitives.WriteUInt16BigEndian(packet[(IPv4Header.MinLength + UdpHeader.ChecksumOffset)..], 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryOpenPlainOptions(ReadOnlySpan<byte> packet, ref OpenedTunnel tunnel)
    {
        const int Epoch = OuterLength + GeneveHeader.MinLength;
        ulong epoch = Unchecked.Load64(packet, Epoch);
        ulong context = Unchecked.Load64(packet, Epoch + 8);
        (tunnel.EpochOffset, tunnel.ContextOffset) = (Epoch + 4, Epoch + 12);
        tunnel.Context = new ServiceContext(new Epoch((uint)epoch), (ushort)(context >> 16), (ushort)context, Unchecked.Load32(packet, Epoch + 16));
        return epoch >> 32 == _epochOption && context >> 32 == _contextOption;
    }

    private SaseDrop OpenOuter(ReadOnlySpan<byte> packet, out OpenedTunnel tunnel)
    {
        tunnel = default;
        if (!IPv4View.TryParse(packet, out IPv4View ip) || ip.IsTruncated)
        {
            return SaseDrop.OuterMalformed;
        }

        if (!PacketChecks.AddsUp(packet))
        {
            return SaseDrop.OuterChecksum;
        }

        if (ip.Destination != _local)
        {
            return SaseDrop.NotLocalVtep;
        }

        if (ip.IsFragment)
        {
            return SaseDrop.OuterFragment;
        }

        // Options would have to be taken along when the packet is turned round; nobody between gateways and nodes has any.
        if (ip.Protocol != IpProtocol.Udp || ip.HeaderLength != IPv4Header.MinLength || !UdpView.TryParse(ip.Payload, out UdpView udp) || udp.Length != ip.Payload.Length)
        {
            return SaseDrop.OuterMalformed;
        }

        if (udp.DestinationPort != _port)
        {
            return SaseDrop.NotLocalVtep;
        }

        tunnel.Source = ip.Source;
        if (tunnel.Source == _local)
        {
            return SaseDrop.OwnSource;
        }

        if (udp.Checksum != 0 && !udp.IsChecksumValid(InternetChecksum.PseudoHeader(ip.Source, _local, IpProtocol.Udp, udp.Length)))
        {
            return SaseDrop.OuterChecksum;
        }

        tunnel.Tos = packet[1];
        tunnel.End = ip.TotalLength;
        return SaseDrop.None;
    }

    private SaseDrop OpenGeneve(ReadOnlySpan<byte> body, ref OpenedTunnel tunnel)
    {
        if (!GeneveView.TryParse(body, out GeneveView geneve))
        {
            return body.Length > 0 && body[0] >> 6 != 0 ? SaseDrop.BadVersion : SaseDrop.BadOptions;
        }

        SaseDrop drop = ReadOptions(geneve, ref tunnel);
        if (drop != SaseDrop.None)
        {
            return drop;
        }

        tunnel.Vni = geneve.Vni;
        tunnel.FrameOffset = OuterLength + geneve.HeaderLength;
        return geneve.IsControl ? SaseDrop.Control
            : geneve.ProtocolType != EtherType.TransparentEthernet ? SaseDrop.UnknownPayload
            : SaseDrop.None;
    }

    private SaseDrop ReadOptions(GeneveView geneve, ref OpenedTunnel tunnel)
    {
        int at = OuterLength + GeneveHeader.MinLength;
        GeneveOptionEnumerator options = geneve.Options;
        while (options.MoveNext())
        {
            GeneveOption option = options.Current;
            int data = at + GeneveOption.HeaderLength;
            at = data + option.Data.Length;
            if (option.Class != _options.OptionClass || option.Type is not (EpochType or ContextType))
            {
                if (option.IsCritical)
                {
                    return SaseDrop.UnknownCriticalOption;
                }

                continue;
            }

            ref int place = ref option.Type == EpochType ? ref tunnel.EpochOffset : ref tunnel.ContextOffset;
            if (place != 0 || option.Data.Length != (option.Type == EpochType ? 4 : 8))
            {
                return SaseDrop.BadOptions;
            }

            place = data;
            tunnel.Context = option.Type == EpochType
                ? tunnel.Context with { Epoch = new Epoch(BinaryPrimitives.ReadUInt32BigEndian(option.Data)) }
                : ReadContext(option.Data) with { Epoch = tunnel.Context.Epoch };
        }

        return options.IsMalformed ? SaseDrop.BadOptions : SaseDrop.None;
    }

    private static SaseDrop OpenVxlan(ReadOnlySpan<byte> body, ref OpenedTunnel tunnel)
    {
        if (!VxlanView.TryParse(body, out VxlanView vxlan))
        {
            return body.Length < VxlanHeader.Length ? SaseDrop.OuterMalformed : SaseDrop.BadVersion;
        }

        tunnel.Vni = vxlan.Vni;
        tunnel.FrameOffset = OuterLength + VxlanHeader.Length;
        return SaseDrop.None;
    }

    private SaseDrop OpenNsh(ReadOnlySpan<byte> body, ref OpenedTunnel tunnel)
    {
        if (!VxlanGpeView.TryParse(body, out VxlanGpeView gpe))
        {
            return body.Length < VxlanHeader.Length ? SaseDrop.OuterMalformed : SaseDrop.BadVersion;
        }

        ReadOnlySpan<byte> payload = gpe.Payload;
        int at = OuterLength + VxlanHeader.Length;
        if (gpe.NextProtocol == VxlanGpeProtocol.Ethernet && EthernetView.TryParse(payload, out EthernetView transport) && transport.EtherType == EtherType.Nsh)
        {
            // A header of its own for each hop of the service path, as Open vSwitch sends it.
            payload = transport.Payload;
            at += EthernetLength;
        }
        else if (gpe.NextProtocol != VxlanGpeProtocol.Nsh)
        {
            return SaseDrop.UnknownPayload;
        }

        // Both types must be forwarded; context is that of type 1 alone (RFC 8300 section 2.5.1).
        if (!NshView.TryParse(payload, out NshView nsh) || nsh.MetadataType is not (1 or 2))
        {
            return SaseDrop.NshMalformed;
        }

        if (nsh.IsOam || gpe.IsOam)
        {
            return SaseDrop.Control;
        }

        // Those from before the field came to be send 0, which counts as 63 (RFC 8300 section 2.2).
        if (_isNode && nsh.TimeToLive == 1)
        {
            return SaseDrop.NshTtl;
        }

        if (nsh.NextProtocol != NshNextProtocol.Ethernet)
        {
            return SaseDrop.UnknownPayload;
        }

        // A node is the one service of its path: what has been there already, or has not, is somebody else's.
        if (nsh.ServicePath != gpe.Vni || nsh.ServiceIndex != (_isNode ? FirstIndex : FirstIndex - 1))
        {
            return SaseDrop.NshPath;
        }

        tunnel.Vni = gpe.Vni;
        tunnel.NshOffset = at;
        tunnel.FrameOffset = at + nsh.HeaderLength;
        if (nsh.MetadataType == 1)
        {
            tunnel.EpochOffset = at + NshHeader.MinLength;
            tunnel.ContextOffset = tunnel.EpochOffset + sizeof(uint);
            tunnel.Context = ReadContext(nsh.Context[sizeof(uint)..]) with { Epoch = new Epoch(BinaryPrimitives.ReadUInt32BigEndian(nsh.Context)) };
        }

        return SaseDrop.None;
    }

    private static ServiceContext ReadContext(ReadOnlySpan<byte> data) => new(
        Epoch.None, BinaryPrimitives.ReadUInt16BigEndian(data), BinaryPrimitives.ReadUInt16BigEndian(data[2..]), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));

    private static void WriteContext(Span<byte> data, in ServiceContext context)
    {
        BinaryPrimitives.WriteUInt16BigEndian(data, context.Gateway);
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], context.Policy);
        BinaryPrimitives.WriteUInt32BigEndian(data[4..], context.Cookie);
    }

    /// <summary>Counts hop and service down (RFC 8300 section 2.2 and 2.3).</summary>
    private static void CountNsh(Span<byte> nsh)
    {
        int word = BinaryPrimitives.ReadUInt16BigEndian(nsh);
        int timeToLive = word >> 6 & 0x3F;
        timeToLive = timeToLive == 0 ? 63 : timeToLive - 1;
        BinaryPrimitives.WriteUInt16BigEndian(nsh, (ushort)((word & 0xF03F) | (timeToLive << 6)));
        nsh[7]--;
    }

    private void WriteGeneve(Span<byte> tunnel, uint vni, in ServiceContext context)
    {
        tunnel[0] = OptionsLength / 4;
        tunnel[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(tunnel[2..], (ushort)EtherType.TransparentEthernet);
        BinaryPrimitives.WriteUInt32BigEndian(tunnel[4..], vni << 8);
        BinaryPrimitives.WriteUInt32BigEndian(tunnel[8..], _epochOption);
        BinaryPrimitives.WriteUInt32BigEndian(tunnel[12..], context.Epoch.Value);
        BinaryPrimitives.WriteUInt32BigEndian(tunnel[16..], _contextOption);
        WriteContext(tunnel[20..], context);
    }

    private void WriteNsh(Span<byte> tunnel, uint vni, in ServiceContext context)
    {
        Span<byte> words = stackalloc byte[NshHeader.FixedContextLength];
        words.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(words, context.Epoch.Value);
        WriteContext(words[sizeof(uint)..ContextWords], context);
        _ = new VxlanGpeHeader(vni, VxlanGpeProtocol.Nsh).Write(tunnel);
        byte index = _isNode ? (byte)(FirstIndex - 1) : FirstIndex;
        _ = new NshHeader(vni, index, NshNextProtocol.Ethernet) { MetadataType = 1 }.Write(tunnel[VxlanHeader.Length..], words);
    }

    private void WriteOuter(Span<byte> packet, int length, IPv4Address to, byte tos, ushort sourcePort)
    {
        // The don't-fragment flag (RFC 8926 section 4.4.1) lets the identification be 0 (RFC 6864 section 4.1).
        uint first = 0x4500_0000u | ((uint)tos << 16) | (uint)length;
        const uint Second = 0x0000_4000;
        const uint Third = (TimeToLive << 24) | ((uint)IpProtocol.Udp << 16);
        uint sum = (first >> 16) + (ushort)first + Second + (Third >> 16) + (_local.Value >> 16) + (ushort)_local.Value + (to.Value >> 16) + (ushort)to.Value;
        BinaryPrimitives.WriteUInt32BigEndian(packet, first);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], Second);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], Third | InternetChecksum.Fold(sum));
        BinaryPrimitives.WriteUInt32BigEndian(packet[12..], _local.Value);
        BinaryPrimitives.WriteUInt32BigEndian(packet[16..], to.Value);
        BinaryPrimitives.WriteUInt32BigEndian(packet[20..], ((uint)sourcePort << 16) | _port);
        // No UDP checksum: the packet inside has its own (RFC 8926 section 3.3, RFC 7348 section 5).
        BinaryPrimitives.WriteUInt32BigEndian(packet[24..], (uint)(length - IPv4Header.MinLength) << 16);
    }
}
