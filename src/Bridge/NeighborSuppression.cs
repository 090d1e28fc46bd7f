using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Reads bindings out of ARP and neighbour discovery, and answers for them (RFC 9161 section 3).</summary>
internal static class NeighborSuppression
{
    private const byte HopLimit = 255;

    /// <summary>Room that any answer needs at most: a whole stack of tags in front of an advertisement.</summary>
    public const int MaxReplyBytes = EthernetHeader.UntaggedLength + (VlanTag.MaxStack * VlanTag.Length) + IPv6Header.Length
        + NeighborMessage.MinLength + NeighborMessage.LinkLayerOptionLength;

    private static readonly IPv6Address AllNodes = new(0xFF02_0000_0000_0000, 1);
    private static readonly MacAddress AllNodesMac = new(0x3333_0000_0001);

    /// <summary>Learns the binding that a message claims, if its sender speaks for itself.</summary>
    public static void Learn(AddressBindings bindings, BridgeSegment segment, ReadOnlySpan<byte> frame, in PacketLayout layout, MacAddress source, Timestamp now)
    {
        if (segment.SuppressArp && TryReadArp(frame, layout, out ArpView arp))
        {
            LearnArp(bindings, segment.Vlan, arp, source, now);
        }
        else if (segment.SuppressNd && TryReadDiscovery(frame, layout, out NeighborMessageView message))
        {
            LearnAdvertisement(bindings, segment.Vlan, message, source, now);
        }
    }

    /// <summary>Learns as <see cref="Learn"/> does, and finds the binding with which the message can be answered.</summary>
    /// <remarks>
    /// Only messages to all are answered: who asks a machine directly wants to know whether it lives (RFC 9161 section 3.4).
    /// A probe for a duplicate is answered too, but never in the name of the machine that probes; announcements pass.
    /// </remarks>
    public static bool TryAnswer(
        AddressBindings bindings, BridgeSegment segment, ReadOnlySpan<byte> frame, in PacketLayout layout, MacAddress source, Timestamp now, out AddressKey target, out AddressBinding binding)
    {
        (target, binding) = (default, default);
        bool isQuestion = false;
        if (segment.SuppressArp && TryReadArp(frame, layout, out ArpView arp))
        {
            LearnArp(bindings, segment.Vlan, arp, source, now);
            target = AddressKey.Of(segment.Vlan, arp.TargetAddress);
            isQuestion = arp.Operation == ArpOperation.Request && !arp.IsGratuitous && arp.SenderMac == source;
        }
        else if (segment.SuppressNd && TryReadDiscovery(frame, layout, out NeighborMessageView message))
        {
            LearnAdvertisement(bindings, segment.Vlan, message, source, now);
            target = AddressKey.Of(segment.Vlan, message.Target);
            isQuestion = !message.IsAdvertisement;
        }

        return isQuestion && MacAddress.Read(frame).IsGroup && bindings.TryLookup(target, now, out binding) && binding.Mac != source;
    }

    /// <summary>Writes the answer to a request, with the request's tags.</summary>
    public static int WriteReply(in BridgeDecision decision, ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> reply)
    {
        int tagBytes = layout.L3Offset - EthernetHeader.UntaggedLength;
        bool isArp = layout.EtherType == EtherType.Arp;
        int bodyBytes = isArp ? ArpMessage.Length : IPv6Header.Length + NeighborMessage.MinLength + NeighborMessage.LinkLayerOptionLength;
        if (reply.Length < layout.L3Offset + bodyBytes)
        {
            return 0;
        }

        // Everything between the addresses and the payload is the request's own: its tags and its EtherType.
        frame.Slice(2 * MacAddress.Length, tagBytes + 2).CopyTo(reply[(2 * MacAddress.Length)..]);
        Span<byte> body = reply[layout.L3Offset..];
        MacAddress asker = MacAddress.Read(frame[MacAddress.Length..]);
        MacAddress receiver = asker;
        if (isArp)
        {
            if (!ArpView.TryParse(frame[layout.L3Offset..], out ArpView request))
            {
                return 0;
            }

            _ = request.ToMessage().ReplyFrom(decision.AnswerMac).Write(body);
        }
        else
        {
            if (!TryReadDiscovery(frame, layout, out NeighborMessageView solicitation))
            {
                return 0;
            }

            receiver = WriteAdvertisement(body, SourceOf(frame, layout), solicitation.Target, decision, asker);
        }

        receiver.Write(reply);
        decision.AnswerMac.Write(reply[MacAddress.Length..]);
        return layout.L3Offset + bodyBytes;
    }

    private static MacAddress WriteAdvertisement(Span<byte> body, IPv6Address asker, IPv6Address target, in BridgeDecision decision, MacAddress askerMac)
    {
        // Who probes for a duplicate has no address yet and is answered through all nodes (RFC 4861 section 7.2.4).
        bool isProbe = asker == IPv6Address.Any;
        IPv6Address receiver = isProbe ? AllNodes : asker;
        var message = new NeighborMessage
        {
            IsAdvertisement = true,
            IsRouter = decision.AnswerIsRouter,
            IsSolicited = !isProbe,
            IsOverride = true,
            Target = target,
            LinkLayerAddress = decision.AnswerMac,
        };
        var header = new IPv6Header
        {
            NextHeader = IpProtocol.IcmpV6,
            HopLimit = HopLimit,
            PayloadLength = message.Length,
            Source = target,
            Destination = receiver,
        };
        int at = header.Write(body);
        _ = message.Write(body[at..], target, receiver);
        return isProbe ? AllNodesMac : askerMac;
    }

    private static IPv6Address SourceOf(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View ip) ? ip.Source : IPv6Address.Any;

    private static void LearnArp(AddressBindings bindings, ushort vlan, ArpView arp, MacAddress source, Timestamp now)
    {
        // A message whose sender is not its Ethernet source speaks for another, for example for a router pair.
        IPv4Address sender = arp.SenderAddress;
        if (arp.SenderMac == source && sender != IPv4Address.Any && !sender.IsMulticast && sender != IPv4Address.LimitedBroadcast)
        {
            bindings.Learn(vlan, sender, source, now);
        }
    }

    private static void LearnAdvertisement(AddressBindings bindings, ushort vlan, NeighborMessageView message, MacAddress source, Timestamp now)
    {
        // Only advertisements say whether the machine is a router (RFC 9161 section 3.2).
        if (message.IsAdvertisement && message.TryGetLinkLayerAddress(out MacAddress mac) && mac == source && message.Target != IPv6Address.Any)
        {
            bindings.Learn(vlan, message.Target, source, message.IsRouter, now);
        }
    }

    private static bool TryReadArp(ReadOnlySpan<byte> frame, in PacketLayout layout, out ArpView arp)
    {
        arp = default;
        return layout.EtherType == EtherType.Arp && ArpView.TryParse(frame[layout.L3Offset..], out arp);
    }

    /// <summary>Finds a neighbour message that obeys RFC 4861 section 7.1; fragmented ones do not count (RFC 6980 section 5).</summary>
    private static bool TryReadDiscovery(ReadOnlySpan<byte> frame, in PacketLayout layout, out NeighborMessageView message)
    {
        message = default;
        if (!layout.IsIPv6 || layout.Protocol != IpProtocol.IcmpV6 || !layout.HasL4 || layout.IsFragment
            || !IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View ip) || ip.HopLimit != HopLimit)
        {
            return false;
        }

        ReadOnlySpan<byte> icmp = frame[layout.L4Offset..layout.EndOffset];
        uint pseudoHeader = InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.IcmpV6, icmp.Length);
        return InternetChecksum.IsValid(icmp, pseudoHeader) && NeighborMessageView.TryParse(icmp, out message);
    }
}
