using Weft.Encap;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>
/// Answers ARP requests (RFC 1027) and neighbour solicitations (RFC 4861 section 7.2.8) with a router's own MAC address, for addresses that machines
/// are to reach through it without knowing.
/// </summary>
/// <remarks>
/// Never answered are probes for duplicates and announcements, which have no sender to be told or ask for their own address: a router that did would
/// keep machines from their addresses (RFC 5227 section 2.1.1). Nor are askers of foreign networks, or addresses of groups.
/// </remarks>
internal sealed class ProxyNeighbors(Routers routers, RouterOutput output)
{
    private const byte HopLimit = 255;
    private const int EthernetBytes = 14;

    private readonly bool _isNeeded = routers.Interfaces.Any(at => at.Plan.Proxy != ProxyMode.Off);

    /// <summary>Answers a question in place of the machine that it is for.</summary>
    /// <param name="vector">The vector under way.</param>
    /// <param name="slot">ARP or neighbour discovery.</param>
    /// <param name="number">The interface that heard it.</param>
    /// <returns>True if it was answered; then it has ended.</returns>
    public bool TryAnswer(PacketVector vector, ushort slot, int number)
    {
        if (!_isNeeded || routers.Interfaces[number].Plan.Proxy == ProxyMode.Off)
        {
            return false;
        }

        return vector[slot].Layout.EtherType == EtherType.Arp ? TryAnswerArp(vector, slot, number) : TryAnswerDiscovery(vector, slot, number);
    }

    private bool TryAnswerArp(PacketVector vector, ushort slot, int number)
    {
        ReadOnlySpan<byte> frame = vector.Bytes(slot);
        if (!ArpView.TryParse(frame[vector[slot].Layout.L3Offset..], out ArpView arp) || arp.Operation != ArpOperation.Request || arp.IsGratuitous
            || arp.SenderMac != MacAddress.Read(frame[MacAddress.Length..]) || !StandsFor(new VtepAddress(arp.SenderAddress), new VtepAddress(arp.TargetAddress), number))
        {
            return false;
        }

        (IPv4Address target, MacAddress asker, ArpMessage reply) = (arp.TargetAddress, arp.SenderMac, arp.ToMessage().ReplyFrom(routers.Interfaces[number].Plan.Mac));
        Span<byte> body = Begin(vector, slot, EtherType.Arp, ArpMessage.Length);
        _ = reply.Write(body);
        Finish(vector, slot, number, asker, new TunnelAddress(target));
        return true;
    }

    private bool TryAnswerDiscovery(PacketVector vector, ushort slot, int number)
    {
        PacketLayout layout = vector[slot].Layout;
        ReadOnlySpan<byte> frame = vector.Bytes(slot);
        MacAddress sender = MacAddress.Read(frame[MacAddress.Length..]);
        ReadOnlySpan<byte> icmp = frame[layout.L4Offset..layout.EndOffset];
        if (layout.IsFragment || !IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View ip) || ip.HopLimit != HopLimit
            || !InternetChecksum.IsValid(icmp, InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.IcmpV6, icmp.Length))
            || !NeighborMessageView.TryParse(icmp, out NeighborMessageView question) || question.IsAdvertisement
            || !StandsFor(new VtepAddress(ip.Source), new VtepAddress(question.Target), number))
        {
            return false;
        }

        (IPv6Address asker, IPv6Address target) = (ip.Source, question.Target);
        // An answer of the machine itself must win over this one (RFC 4861 section 7.2.8): no override.
        var answer = new NeighborMessage { IsAdvertisement = true, IsRouter = true, IsSolicited = true, Target = target, LinkLayerAddress = routers.Interfaces[number].Plan.Mac };
        var header = new IPv6Header { NextHeader = IpProtocol.IcmpV6, HopLimit = HopLimit, PayloadLength = answer.Length, Source = target, Destination = asker };
        Span<byte> body = Begin(vector, slot, EtherType.IPv6, IPv6Header.Length + answer.Length);
        int at = header.Write(body);
        _ = answer.Write(body[at..], target, asker);
        Finish(vector, slot, number, sender, new TunnelAddress(target));
        return true;
    }

    /// <summary>Whether the router forwards between the two as the mode of the interface asks.</summary>
    private bool StandsFor(VtepAddress asker, VtepAddress target, int number)
    {
        // Without an address of its own on this link the asker cannot be reached, or looks for a duplicate.
        if (asker == target || !IsOnLink(asker, number) || routers.WayTo(target, number) is not RouteTarget way)
        {
            return false;
        }

        bool isLinkLocal = !target.IsIPv4 && RoutingTable.IsLinkLocal(target.V6);
        return way.Interface != number || (routers.Interfaces[number].Plan.Proxy == ProxyMode.Local && way.Kind == RouteKind.Connected && !isLinkLocal);
    }

    private bool IsOnLink(VtepAddress asker, int number) => routers.WayTo(asker, number) is { Kind: RouteKind.Connected } back && back.Interface == number;

    /// <summary>The answer takes the place of the question in its own buffer, so answering never runs out of anything.</summary>
    private static Span<byte> Begin(PacketVector vector, ushort slot, EtherType type, int bodyBytes)
    {
        ref PacketContext context = ref vector[slot];
        _ = vector.Pool.TrySetLength(ref context.Packet, EthernetBytes + bodyBytes);
        Span<byte> frame = vector.Bytes(slot);
        _ = new EthernetHeader { EtherType = type }.Write(frame);
        return frame[EthernetBytes..];
    }

    private void Finish(PacketVector vector, ushort slot, int number, MacAddress asker, TunnelAddress target)
    {
        ref PacketContext context = ref vector[slot];
        vector.Trace?.Consume(StageId.Route, $"answered for {target}, which is reached through {routers.NameOf(number)}");
        vector.Ledger.Consumed++;
        vector.Ledger.Generated++;
        routers.Interfaces[number].Proxied++;
        output.SendTo(vector, slot, number, asker);
        _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
    }
}
