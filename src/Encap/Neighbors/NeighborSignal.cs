using Weft.Packets;

namespace Weft.Encap;

/// <summary>What ARP and neighbour discovery have in common: somebody asks for, or says, who has an address.</summary>
internal readonly struct NeighborSignal
{
    /// <summary>Largest frame that is written: a solicitation or advertisement with one address option.</summary>
    public const int MaxBytes = EthernetHeader.UntaggedLength + IPv6Header.Length + NeighborMessage.MinLength + NeighborMessage.LinkLayerOptionLength;

    private const byte HopLimit = 255;

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
    public static NeighborReceipt TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, bool isIPv4, out NeighborSignal signal)
    {
        signal = default;
        return isIPv4 ? TryReadArp(frame, layout, ref signal) : TryReadDiscovery(frame, layout, ref signal);
    }

    /// <summary>Asks who has <paramref name="target"/>: everybody, or only <paramref name="to"/>.</summary>
    public static int WriteSolicitation(Span<byte> frame, VtepAddress target, MacAddress? to, VtepAddress own, MacAddress ownMac)
    {
        if (target.IsIPv4)
        {
            var request = new ArpMessage { Operation = ArpOperation.Request, SenderMac = ownMac, SenderAddress = own.V4, TargetAddress = target.V4 };
            return WriteArp(frame, to ?? MacAddress.Broadcast, request);
        }

        IPv6Address receiver = to is null ? SolicitedNode(target.V6) : target.V6;
        var message = new NeighborMessage { Target = target.V6, LinkLayerAddress = ownMac };
        return WriteDiscovery(frame, to ?? Multicast(receiver), own.V6, ownMac, receiver, message);
    }

    /// <summary>Answers a request for the own address.</summary>
    public static int WriteAnswer(Span<byte> frame, in NeighborSignal request, VtepAddress own, MacAddress ownMac, bool isRouter)
    {
        if (own.IsIPv4)
        {
            var reply = new ArpMessage
            {
                Operation = ArpOperation.Reply,
                SenderMac = ownMac,
                SenderAddress = own.V4,
                TargetMac = request.SenderMac,
                TargetAddress = request.Sender.V4,
            };
            return WriteArp(frame, request.SenderMac, reply);
        }

        // Who probes for a duplicate has no address yet and is answered through all nodes (RFC 4861 section 7.2.4).
        bool isProbe = request.Sender.V6 == IPv6Address.Any;
        IPv6Address receiver = isProbe ? AllNodes : request.Sender.V6;
        return WriteDiscovery(frame, isProbe ? Multicast(AllNodes) : request.SenderMac, own.V6, ownMac, receiver, Advertisement(own, ownMac, !isProbe, isRouter));
    }

    /// <summary>Says unasked who has the own address.</summary>
    public static int WriteAnnouncement(Span<byte> frame, VtepAddress own, MacAddress ownMac, bool isRouter)
    {
        if (own.IsIPv4)
        {
            var message = new ArpMessage { Operation = ArpOperation.Request, SenderMac = ownMac, SenderAddress = own.V4, TargetAddress = own.V4 };
            return WriteArp(frame, MacAddress.Broadcast, message);
        }

        return WriteDiscovery(frame, Multicast(AllNodes), own.V6, ownMac, AllNodes, Advertisement(own, ownMac, solicited: false, isRouter));
    }

    private static NeighborReceipt TryReadArp(ReadOnlySpan<byte> frame, in PacketLayout layout, ref NeighborSignal signal)
    {
        if (layout.EtherType != EtherType.Arp)
        {
            return NeighborReceipt.NotMine;
        }

        if (!ArpView.TryParse(frame[layout.L3Offset..], out ArpView arp) || arp.Operation is not (ArpOperation.Request or ArpOperation.Reply)
            || !arp.SenderMac.IsValidSource)
        {
            return NeighborReceipt.Malformed;
        }

        signal = new NeighborSignal
        {
            Sender = new VtepAddress(arp.SenderAddress),
            SenderMac = arp.SenderMac,
            HasSenderMac = true,
            Target = new VtepAddress(arp.TargetAddress),
            IsRequest = arp.Operation == ArpOperation.Request,
            IsSolicited = arp.Operation == ArpOperation.Reply && !MacAddress.Read(frame).IsGroup,
            IsOverride = true,
        };
        return NeighborReceipt.Updated;
    }

    private static NeighborReceipt TryReadDiscovery(ReadOnlySpan<byte> frame, in PacketLayout layout, ref NeighborSignal signal)
    {
        // Fragmented discovery is ignored (RFC 6980 section 5).
        if (!layout.IsIPv6 || layout.Protocol != IpProtocol.IcmpV6 || !layout.HasL4 || layout.IsFragment)
        {
            return NeighborReceipt.NotMine;
        }

        ReadOnlySpan<byte> icmp = frame[layout.L4Offset..layout.EndOffset];
        if ((IcmpV6Type)icmp[0] is not (IcmpV6Type.NeighborSolicitation or IcmpV6Type.NeighborAdvertisement))
        {
            return NeighborReceipt.NotMine;
        }

        if (!IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View ip) || ip.HopLimit != HopLimit
            || !InternetChecksum.IsValid(icmp, InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.IcmpV6, icmp.Length))
            || !NeighborMessageView.TryParse(icmp, out NeighborMessageView message))
        {
            return NeighborReceipt.Malformed;
        }

        bool isRequest = !message.IsAdvertisement;
        bool hasMac = message.TryGetLinkLayerAddress(out MacAddress mac);
        bool badProbe = isRequest && ip.Source == IPv6Address.Any && (hasMac || ip.Destination != SolicitedNode(message.Target));
        if (badProbe || (message.IsSolicited && ip.Destination.IsMulticast))
        {
            return NeighborReceipt.Malformed;
        }

        signal = new NeighborSignal
        {
            Sender = new VtepAddress(isRequest ? ip.Source : message.Target),
            SenderMac = hasMac ? mac : MacAddress.Read(frame[MacAddress.Length..]),
            HasSenderMac = hasMac,
            Target = new VtepAddress(message.Target),
            IsRequest = isRequest,
            IsSolicited = message.IsSolicited,
            IsOverride = isRequest || message.IsOverride,
        };
        return NeighborReceipt.Updated;
    }

    private static NeighborMessage Advertisement(VtepAddress own, MacAddress ownMac, bool solicited, bool isRouter) => new()
    {
        IsAdvertisement = true,
        IsRouter = isRouter,
        IsSolicited = solicited,
        IsOverride = true,
        Target = own.V6,
        LinkLayerAddress = ownMac,
    };

    private static int WriteArp(Span<byte> frame, MacAddress to, in ArpMessage message)
    {
        int at = new EthernetHeader { Destination = to, Source = message.SenderMac, EtherType = EtherType.Arp }.Write(frame);
        return at + message.Write(frame[at..]);
    }

    private static int WriteDiscovery(Span<byte> frame, MacAddress to, IPv6Address source, MacAddress sourceMac, IPv6Address destination, in NeighborMessage message)
    {
        int at = new EthernetHeader { Destination = to, Source = sourceMac, EtherType = EtherType.IPv6 }.Write(frame);
        var header = new IPv6Header
        {
            NextHeader = IpProtocol.IcmpV6,
            HopLimit = HopLimit,
            PayloadLength = message.Length,
            Source = source,
            Destination = destination,
        };
        at += header.Write(frame[at..]);
        return at + message.Write(frame[at..], source, destination);
    }

    /// <summary>The group in which an address is asked for (RFC 4291 section 2.7.1).</summary>
    private static IPv6Address SolicitedNode(IPv6Address address) => new(0xFF02_0000_0000_0000, 0x1_FF00_0000 | (address.Low & 0xFF_FFFF));

    /// <summary>The MAC address of an IPv6 group (RFC 2464 section 7).</summary>
    private static MacAddress Multicast(IPv6Address group) => new(0x3333_0000_0000 | (group.Low & 0xFFFF_FFFF));
}
