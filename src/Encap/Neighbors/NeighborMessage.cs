using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>What ARP and neighbour discovery have in common: somebody asks for, or says, who has an address.</summary>
internal readonly struct NeighborMessage
{
    /// <summary>Largest message that is written: a solicitation or advertisement with one address option.</summary>
    public const int MaxBytes = OuterFormat.EthernetLength + OuterFormat.IPv6Length + DiscoveryLength + LinkOptionLength;

    private const int ArpLength = 28;
    private const int ArpOperationOffset = 6;
    private const int ArpSenderMacOffset = 8;
    private const int ArpSenderOffset = 14;
    private const int ArpTargetMacOffset = 18;
    private const int ArpTargetOffset = 24;
    private const ushort ArpRequest = 1;
    private const ushort ArpReply = 2;

    /// <summary>Ethernet, IPv4, six and four octets (RFC 826).</summary>
    private const ulong ArpEthernetIPv4 = 0x0001_0800_0604;

    private const byte Solicitation = 135;
    private const byte Advertisement = 136;
    private const byte SourceLinkOption = 1;
    private const byte TargetLinkOption = 2;
    private const byte HopLimit = 255;
    private const int DiscoveryLength = 24;
    private const int LinkOptionLength = 8;
    private const int FlagsOffset = 4;
    private const int TargetOffset = 8;
    private const byte SolicitedFlag = 0x40;
    private const byte OverrideFlag = 0x20;

    private static readonly IPv6Address AllNodes = new(0xFF02_0000_0000_0000, 1);

    /// <summary>Whose link-layer address the message gives; unspecified for a probe.</summary>
    public VtepAddress Sender { get; private init; }

    /// <summary>That address, or the Ethernet source if the message gives none.</summary>
    public MacAddress SenderMac { get; private init; }

    /// <summary>Whether the message gives a link-layer address.</summary>
    public bool HasSenderMac { get; private init; }

    /// <summary>The address asked for.</summary>
    public VtepAddress Target { get; private init; }

    /// <summary>True if the message asks, false if it says.</summary>
    public bool IsRequest { get; private init; }

    /// <summary>True if the message answers a question, and so proves that both directions work.</summary>
    public bool IsSolicited { get; private init; }

    /// <summary>True if the message may replace what is known.</summary>
    public bool IsOverride { get; private init; }

    /// <summary>Reads a message of the family asked for.</summary>
    /// <returns><see cref="NeighborReceipt.Updated"/> if there is one, otherwise why not.</returns>
    public static NeighborReceipt TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, bool isIPv4, out NeighborMessage message)
    {
        message = default;
        return isIPv4 ? TryReadArp(frame, layout, ref message) : TryReadDiscovery(frame, layout, ref message);
    }

    /// <summary>Asks who has <paramref name="target"/>: everybody, or only <paramref name="to"/>.</summary>
    public static int WriteSolicitation(Span<byte> frame, VtepAddress target, MacAddress? to, VtepAddress own, MacAddress ownMac)
    {
        if (target.IsIPv4)
        {
            return WriteArp(frame, to ?? MacAddress.Broadcast, ArpRequest, own.V4, ownMac, target.V4, default);
        }

        IPv6Address group = SolicitedNode(target.V6);
        return WriteDiscovery(frame, to ?? Multicast(group), own.V6, ownMac, to is null ? group : target.V6, Solicitation, 0, target.V6, SourceLinkOption);
    }

    /// <summary>Answers a request for the own address.</summary>
    public static int WriteAnswer(Span<byte> frame, in NeighborMessage request, VtepAddress own, MacAddress ownMac)
    {
        if (own.IsIPv4)
        {
            return WriteArp(frame, request.SenderMac, ArpReply, own.V4, ownMac, request.Sender.V4, request.SenderMac);
        }

        // Who probes for a duplicate has no address yet and is answered through all nodes (RFC 4861 section 7.2.4).
        bool isProbe = request.Sender.V6 == IPv6Address.Any;
        return isProbe
            ? WriteDiscovery(frame, Multicast(AllNodes), own.V6, ownMac, AllNodes, Advertisement, OverrideFlag, own.V6, TargetLinkOption)
            : WriteDiscovery(frame, request.SenderMac, own.V6, ownMac, request.Sender.V6, Advertisement, SolicitedFlag | OverrideFlag, own.V6, TargetLinkOption);
    }

    /// <summary>Says unasked who has the own address.</summary>
    public static int WriteAnnouncement(Span<byte> frame, VtepAddress own, MacAddress ownMac) => own.IsIPv4
        ? WriteArp(frame, MacAddress.Broadcast, ArpRequest, own.V4, ownMac, own.V4, default)
        : WriteDiscovery(frame, Multicast(AllNodes), own.V6, ownMac, AllNodes, Advertisement, OverrideFlag, own.V6, TargetLinkOption);

    private static NeighborReceipt TryReadArp(ReadOnlySpan<byte> frame, in PacketLayout layout, ref NeighborMessage message)
    {
        if (layout.EtherType != EtherType.Arp)
        {
            return NeighborReceipt.NotMine;
        }

        ReadOnlySpan<byte> arp = frame[layout.L3Offset..];
        if (arp.Length < ArpLength || BinaryPrimitives.ReadUInt64BigEndian(arp) >> 16 != ArpEthernetIPv4)
        {
            return NeighborReceipt.Malformed;
        }

        ushort operation = BinaryPrimitives.ReadUInt16BigEndian(arp[ArpOperationOffset..]);
        if (operation is not (ArpRequest or ArpReply))
        {
            return NeighborReceipt.Malformed;
        }

        message = new NeighborMessage
        {
            Sender = new VtepAddress(IPv4Address.Read(arp[ArpSenderOffset..])),
            SenderMac = MacAddress.Read(arp[ArpSenderMacOffset..]),
            HasSenderMac = true,
            Target = new VtepAddress(IPv4Address.Read(arp[ArpTargetOffset..])),
            IsRequest = operation == ArpRequest,
            IsSolicited = operation == ArpReply && !MacAddress.Read(frame).IsGroup,
            IsOverride = true,
        };
        return message.SenderMac.IsValidSource ? NeighborReceipt.Updated : NeighborReceipt.Malformed;
    }

    private static NeighborReceipt TryReadDiscovery(ReadOnlySpan<byte> frame, in PacketLayout layout, ref NeighborMessage message)
    {
        if (!layout.IsIPv6 || layout.Protocol != IpProtocol.IcmpV6 || layout.IsFragment || layout.L4Offset >= layout.EndOffset)
        {
            return NeighborReceipt.NotMine; // Fragmented discovery is ignored (RFC 6980 section 5).
        }

        ReadOnlySpan<byte> icmp = frame[layout.L4Offset..layout.EndOffset];
        if (icmp[0] is not (Solicitation or Advertisement))
        {
            return NeighborReceipt.NotMine;
        }

        ReadOnlySpan<byte> ip = frame[layout.L3Offset..];
        IPv6Address source = IPv6Address.Read(ip[OuterFormat.IPv6SourceOffset..]);
        IPv6Address destination = IPv6Address.Read(ip[OuterFormat.IPv6DestinationOffset..]);
        if (icmp.Length < DiscoveryLength || ip[OuterFormat.IPv6HopLimitOffset] != HopLimit || icmp[1] != 0
            || !InternetChecksum.IsValid(icmp, InternetChecksum.PseudoHeader(source, destination, IpProtocol.IcmpV6, icmp.Length)))
        {
            return NeighborReceipt.Malformed;
        }

        bool isRequest = icmp[0] == Solicitation;
        IPv6Address target = IPv6Address.Read(icmp[TargetOffset..]);
        MacAddress mac = MacAddress.Read(frame[MacAddress.Length..]);
        bool whole = TryReadLinkOption(icmp[DiscoveryLength..], isRequest ? SourceLinkOption : TargetLinkOption, ref mac, out bool hasMac);
        bool solicited = !isRequest && (icmp[FlagsOffset] & SolicitedFlag) != 0;
        bool isProbe = source == IPv6Address.Any;
        if (!whole || target.IsMulticast || (isRequest && isProbe && (hasMac || destination != SolicitedNode(target)))
            || (solicited && destination.IsMulticast))
        {
            return NeighborReceipt.Malformed;
        }

        message = new NeighborMessage
        {
            Sender = new VtepAddress(isRequest ? source : target),
            SenderMac = mac,
            HasSenderMac = hasMac,
            Target = new VtepAddress(target),
            IsRequest = isRequest,
            IsSolicited = solicited,
            IsOverride = isRequest || (icmp[FlagsOffset] & OverrideFlag) != 0,
        };
        return NeighborReceipt.Updated;
    }

    /// <summary>Finds an address option; false if an option is damaged (RFC 4861 section 4.6).</summary>
    private static bool TryReadLinkOption(ReadOnlySpan<byte> options, byte wanted, ref MacAddress mac, out bool found)
    {
        found = false;
        while (options.Length > 0)
        {
            int bytes = options.Length < 2 ? 0 : options[1] * 8;
            if (bytes == 0 || bytes > options.Length)
            {
                return false;
            }

            if (options[0] == wanted && bytes == LinkOptionLength && !found)
            {
                mac = MacAddress.Read(options[2..]);
                found = true;
            }

            options = options[bytes..];
        }

        return true;
    }

    private static int WriteArp(
        Span<byte> frame, MacAddress to, ushort operation, IPv4Address sender, MacAddress senderMac, IPv4Address target, MacAddress targetMac)
    {
        Span<byte> arp = WriteEthernet(frame, to, senderMac, EtherType.Arp);
        BinaryPrimitives.WriteUInt64BigEndian(arp, (ArpEthernetIPv4 << 16) | operation);
        senderMac.Write(arp[ArpSenderMacOffset..]);
        sender.Write(arp[ArpSenderOffset..]);
        targetMac.Write(arp[ArpTargetMacOffset..]);
        target.Write(arp[ArpTargetOffset..]);
        return OuterFormat.EthernetLength + ArpLength;
    }

    private static int WriteDiscovery(
        Span<byte> frame, MacAddress to, IPv6Address source, MacAddress sourceMac, IPv6Address destination, byte type, byte flags, IPv6Address target, byte option)
    {
        const int Length = DiscoveryLength + LinkOptionLength;
        Span<byte> ip = WriteEthernet(frame, to, sourceMac, EtherType.IPv6);
        BinaryPrimitives.WriteUInt32BigEndian(ip, 0x6000_0000);
        BinaryPrimitives.WriteUInt16BigEndian(ip[OuterFormat.IPv6PayloadLengthOffset..], Length);
        ip[OuterFormat.IPv6NextHeaderOffset] = (byte)IpProtocol.IcmpV6;
        ip[OuterFormat.IPv6HopLimitOffset] = HopLimit;
        source.Write(ip[OuterFormat.IPv6SourceOffset..]);
        destination.Write(ip[OuterFormat.IPv6DestinationOffset..]);
        Span<byte> icmp = ip.Slice(OuterFormat.IPv6Length, Length);
        icmp.Clear();
        icmp[0] = type;
        icmp[FlagsOffset] = flags;
        target.Write(icmp[TargetOffset..]);
        icmp[DiscoveryLength] = option;
        icmp[DiscoveryLength + 1] = LinkOptionLength / 8;
        sourceMac.Write(icmp[(DiscoveryLength + 2)..]);
        ushort checksum = InternetChecksum.Compute(icmp, InternetChecksum.PseudoHeader(source, destination, IpProtocol.IcmpV6, Length));
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], checksum);
        return MaxBytes;
    }

    private static Span<byte> WriteEthernet(Span<byte> frame, MacAddress to, MacAddress from, EtherType type)
    {
        to.Write(frame);
        from.Write(frame[MacAddress.Length..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[OuterFormat.EtherTypeOffset..], (ushort)type);
        return frame[OuterFormat.EthernetLength..];
    }

    /// <summary>The group in which an address is asked for (RFC 4291 section 2.7.1).</summary>
    private static IPv6Address SolicitedNode(IPv6Address address) => new(0xFF02_0000_0000_0000, 0x1_FF00_0000 | (address.Low & 0xFF_FFFF));

    /// <summary>The MAC address of an IPv6 group (RFC 2464 section 7).</summary>
    private static MacAddress Multicast(IPv6Address group) => new(0x3333_0000_0000 | (group.Low & 0xFFFF_FFFF));
}
