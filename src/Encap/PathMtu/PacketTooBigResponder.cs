using Weft.Flows;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Tells the sender of an inner packet which length fits the tunnel: "fragmentation needed" (RFC 792, RFC 1191) or "packet too
/// big" (RFC 4443 section 3.2), in the name of the packet's destination, since a tunnel endpoint has no address of its own in
/// the inner network.
/// </summary>
/// <remarks>
/// No answer to what must not be answered (RFC 1122 section 3.2.2, RFC 4443 section 2.4): errors, fragments but the first,
/// group addresses; none to an IPv4 packet that may be fragmented, and none that would name less than IP guarantees. A token
/// bucket limits all answers together.
/// </remarks>
public sealed class PacketTooBigResponder
{
    /// <summary>Longest answer: an IPv6 packet of the least MTU, and its Ethernet header.</summary>
    public const int MaxAnswerBytes = OuterFormat.EthernetLength + PathMtuTable.IPv6Floor;

    /// <summary>Longest IPv4 answer (RFC 1812 section 4.3.2.3).</summary>
    private const int MaxIPv4Bytes = 576;

    private TokenBucket _limit;

    /// <summary>Creates a responder.</summary>
    /// <param name="answersPerSecond">Most answers a second, 1 to 1,000,000, with bursts of as many.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is out of range.</exception>
    public PacketTooBigResponder(int answersPerSecond, Timestamp now)
    {
        if (answersPerSecond is < 1 or > 1_000_000)
        {
            throw new ArgumentOutOfRangeException(nameof(answersPerSecond), answersPerSecond, "answersPerSecond must be 1 to 1000000");
        }

        _limit = new TokenBucket(answersPerSecond, answersPerSecond, now);
    }

    /// <summary>Answers written.</summary>
    public long Answered { get; private set; }

    /// <summary>Answers that the limit kept back.</summary>
    public long Limited { get; private set; }

    /// <summary>Writes the answer to a frame that is too long.</summary>
    /// <param name="frame">The frame from its Ethernet header on, without VLAN tags.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="mtuBytes">Largest inner IP packet that fits.</param>
    /// <param name="now">The time.</param>
    /// <param name="answer">At least <see cref="MaxAnswerBytes"/> bytes.</param>
    /// <returns>Bytes of the answer, a frame to the sender's MAC address; 0 if there is none.</returns>
    public int Write(ReadOnlySpan<byte> frame, in PacketLayout layout, int mtuBytes, Timestamp now, Span<byte> answer)
    {
        // Damage behind the IP header is the destination's to judge.
        bool mayAnswer = layout is { VlanTags: 0, Error: LayoutError.None or LayoutError.TransportTruncated or LayoutError.TransportInvalid }
            && MacAddress.Read(frame).IsValidSource && MacAddress.Read(frame[MacAddress.Length..]).IsValidSource
            && (layout.IsIPv4 ? MayAnswerIPv4(frame, layout, mtuBytes) : layout.IsIPv6 && MayAnswerIPv6(frame, layout, mtuBytes));
        if (!mayAnswer)
        {
            return 0;
        }

        if (!_limit.TryTake(now, 1))
        {
            Limited++;
            return 0;
        }

        Answered++;
        _ = new EthernetHeader
        {
            Destination = MacAddress.Read(frame[MacAddress.Length..]),
            Source = MacAddress.Read(frame),
            EtherType = layout.IsIPv4 ? EtherType.IPv4 : EtherType.IPv6,
        }.Write(answer);
        ReadOnlySpan<byte> packet = frame[layout.L3Offset..layout.EndOffset];
        return OuterFormat.EthernetLength
            + (layout.IsIPv4 ? WriteIPv4(packet, mtuBytes, answer[OuterFormat.EthernetLength..]) : WriteIPv6(packet, mtuBytes, answer[OuterFormat.EthernetLength..]));
    }

    private static bool MayAnswerIPv4(ReadOnlySpan<byte> frame, in PacketLayout layout, int mtu) =>
        mtu >= PathMtuTable.IPv4Floor
        && IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View ip)
        && ip.DontFragment && !layout.IsFragment
        && new VtepAddress(ip.Source).IsUnicast && new VtepAddress(ip.Destination).IsUnicast
        && !(layout is { Protocol: IpProtocol.Icmp, HasL4: true } && IcmpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpView icmp) && icmp.IsError);

    private static bool MayAnswerIPv6(ReadOnlySpan<byte> frame, in PacketLayout layout, int mtu) =>
        mtu >= PathMtuTable.IPv6Floor
        && IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View ip)
        && !layout.IsFragment
        && new VtepAddress(ip.Source).IsUnicast && new VtepAddress(ip.Destination).IsUnicast
        && !(layout is { Protocol: IpProtocol.IcmpV6, HasL4: true } && IcmpV6View.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpV6View icmp) && icmp.IsError);

    private static int WriteIPv4(ReadOnlySpan<byte> packet, int mtu, Span<byte> answer)
    {
        _ = IPv4View.TryParse(packet, out IPv4View ip);
        int quoted = Math.Min(packet.Length, MaxIPv4Bytes - OuterFormat.IPv4Length - IcmpHeader.Length);
        Span<byte> icmp = answer.Slice(OuterFormat.IPv4Length, IcmpHeader.Length + quoted);
        packet[..quoted].CopyTo(icmp[IcmpHeader.Length..]);
        _ = new IPv4Header
        {
            PayloadLength = icmp.Length,
            Protocol = IpProtocol.Icmp,
            Source = ip.Destination,
            Destination = ip.Source,
        }.Write(answer);
        _ = new IcmpHeader(IcmpType.DestinationUnreachable, 4, (uint)mtu).Write(icmp);
        return OuterFormat.IPv4Length + icmp.Length;
    }

    private static int WriteIPv6(ReadOnlySpan<byte> packet, int mtu, Span<byte> answer)
    {
        _ = IPv6View.TryParse(packet, out IPv6View ip);
        int quoted = Math.Min(packet.Length, PathMtuTable.IPv6Floor - OuterFormat.IPv6Length - IcmpV6Header.Length);
        Span<byte> icmp = answer.Slice(OuterFormat.IPv6Length, IcmpV6Header.Length + quoted);
        packet[..quoted].CopyTo(icmp[IcmpV6Header.Length..]);
        _ = new IPv6Header
        {
            PayloadLength = icmp.Length,
            NextHeader = IpProtocol.IcmpV6,
            HopLimit = 64,
            Source = ip.Destination,
            Destination = ip.Source,
        }.Write(answer);
        uint pseudoHeader = InternetChecksum.PseudoHeader(ip.Destination, ip.Source, IpProtocol.IcmpV6, icmp.Length);
        _ = new IcmpV6Header(IcmpV6Type.PacketTooBig, 0, (uint)mtu).Write(icmp, pseudoHeader);
        return OuterFormat.IPv6Length + icmp.Length;
    }
}
