using Weft.Encap;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>What a router does for packets that are meant for itself: it answers pings, ARP and neighbour discovery, and refuses the rest.</summary>
internal sealed class RouterService(Routers routers, RouterOutput output, Presence.SasePoint? presence, DhcpRelays? relays)
{
    private const byte EchoRequest4 = (byte)IcmpType.EchoRequest;
    private const byte EchoRequest6 = (byte)IcmpV6Type.EchoRequest;

    private readonly ProxyNeighbors _proxies = new(routers, output);

    /// <summary>True for a solicitation or advertisement of a neighbour.</summary>
    public static bool IsDiscovery(ReadOnlySpan<byte> frame, in PacketLayout layout) => layout is { IsIPv6: true, Protocol: IpProtocol.IcmpV6, HasL4: true }
        && (IcmpV6Type)frame[layout.L4Offset] is IcmpV6Type.NeighborSolicitation or IcmpV6Type.NeighborAdvertisement;

    /// <summary>Looks at a frame that is flooded to a segment.</summary>
    /// <param name="vector">The vector under way.</param>
    /// <param name="slot">The frame.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="sender">The interface that sent it, or -1.</param>
    /// <returns>True if the frame has done its work, or must not spread.</returns>
    public bool Overhear(PacketVector vector, ushort slot, int segment, int sender)
    {
        ref PacketContext context = ref vector[slot];
        if (relays is not null && sender < 0 && context.Segment < 0)
        {
            // What comes out of tunnels is relayed by the hosts at their other ends.
            relays.Overhear(vector, slot, segment);
        }

        if (context.Layout.EtherType != EtherType.Arp && !IsDiscovery(vector.Bytes(slot), context.Layout))
        {
            return false;
        }

        if (presence is not null && presence.TryAnswerArp(vector, slot, segment, output))
        {
            return true;
        }

        foreach (int number in routers.InterfacesOf(segment))
        {
            NeighborReceipt receipt = number == sender ? NeighborReceipt.NotMine : output.Receive(vector, slot, number);
            if (receipt == NeighborReceipt.Answered)
            {
                vector.Trace?.Consume(StageId.Route, $"answered for an address of {routers.NameOf(number)}");
                vector.Consume(slot);
                return true;
            }

            if (receipt == NeighborReceipt.Conflict)
            {
                vector.Trace?.Note(StageId.Route, $"somebody claims an address of {routers.NameOf(number)}");
                vector.Drop(slot, DropReason.RouteAddressConflict);
                return true;
            }
        }

        // What comes out of tunnels is answered by the hosts at their other ends.
        return sender < 0 && context.Segment < 0 && TryStandIn(vector, slot, segment);
    }

    private bool TryStandIn(PacketVector vector, ushort slot, int segment)
    {
        foreach (int number in routers.InterfacesOf(segment))
        {
            if (_proxies.TryAnswer(vector, slot, number))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes ARP or neighbour discovery that is addressed to the router alone.</summary>
    /// <returns>True always: the frame has ended.</returns>
    public bool TakeNeighborMessage(PacketVector vector, ushort slot)
    {
        if (presence is not null && presence.TryAnswerArp(vector, slot, routers.Interfaces[vector[slot].Interface].Plan.Segment, output))
        {
            return true;
        }

        switch (output.Receive(vector, slot, vector[slot].Interface))
        {
            case NeighborReceipt.Malformed:
                vector.Trace?.Note(StageId.Route, "the ARP or neighbour discovery message is damaged or breaks a rule");
                vector.Drop(slot, DropReason.RouteMalformed);
                break;
            case NeighborReceipt.Conflict:
                vector.Trace?.Note(StageId.Route, "somebody claims an address of the router");
                vector.Drop(slot, DropReason.RouteAddressConflict);
                break;
            case NeighborReceipt.NotMine or NeighborReceipt.Updated or NeighborReceipt.Ignored when _proxies.TryAnswer(vector, slot, vector[slot].Interface):
                break;
            case NeighborReceipt receipt:
                vector.Trace?.Consume(StageId.Route, Words(receipt));
                vector.Consume(slot);
                break;
        }

        return true;
    }

    /// <summary>Takes a packet for an address that means something on its link only.</summary>
    /// <returns>True always: the packet has ended.</returns>
    public bool TakeLinkLocal(PacketVector vector, ushort slot, IPv6Address destination)
    {
        int local = routers.LinkLocalOf(vector[slot].Interface);
        if (local >= 0 && routers.Locals[local].Address.V6 == destination)
        {
            return Take(vector, slot, routers.Locals[local]);
        }

        vector.Trace?.Note(StageId.Route, $"{destination} means something on its link only");
        vector.Drop(slot, DropReason.RouteMartian);
        return true;
    }

    /// <summary>Takes a packet for an address of the router.</summary>
    /// <returns>True always: the packet has ended.</returns>
    public bool Take(PacketVector vector, ushort slot, LocalAddress local)
    {
        if (relays is not null && relays.TryReturn(vector, slot, local))
        {
            return true;
        }

        ref PacketContext context = ref vector[slot];
        ReadOnlySpan<byte> frame = vector.Bytes(slot);
        if (context.Layout.HasL4 && (context.Layout.Protocol, frame[context.Layout.L4Offset]) is (IpProtocol.Icmp, EchoRequest4) or (IpProtocol.IcmpV6, EchoRequest6))
        {
            AnswerEcho(vector, slot, local);
            return true;
        }

        bool isIcmp = context.Layout.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6;
        vector.Trace?.Note(StageId.Route, $"for {local.Address} itself, and no ping");
        if (!isIcmp)
        {
            output.Errors.Send(vector, slot, context.Layout.Protocol == IpProtocol.Udp ? RouteError.PortUnreachable : RouteError.ProtocolUnreachable);
        }

        vector.Drop(slot, DropReason.RouteServiceMissing);
        return true;
    }

    /// <summary>The reply takes the place of the request in its own buffer, and is routed like any other packet.</summary>
    private void AnswerEcho(PacketVector vector, ushort slot, LocalAddress local)
    {
        ref PacketContext context = ref vector[slot];
        // The frame came by an interface that may be another one than the address belongs to.
        routers.Interfaces[local.Interface].Plan.Mac.Write(vector.Bytes(slot));
        if (!routers.Interfaces[context.Interface].Echoes.TryTake(vector.Now, 1))
        {
            vector.Trace?.Note(StageId.Route, "a ping beyond the rate at which the router answers");
            vector.Drop(slot, DropReason.RouteEchoLimited);
            return;
        }

        bool isAnswer = local.Echo.TryAnswer(vector.Bytes(slot), context.Layout);
        VtepAddress asker = RouterPackets.DestinationOf(vector.Bytes(slot)[context.Layout.L3Offset..]);
        if (!isAnswer || routers.WayTo(asker, context.Interface) is not RouteTarget target)
        {
            vector.Trace?.Note(StageId.Route, "a ping that is damaged, or from an address that nobody may answer or reach");
            vector.Drop(slot, DropReason.RouteServiceMissing);
            return;
        }

        vector.Trace?.Consume(StageId.Route, $"answered a ping to {local.Address}");
        vector.Ledger.Consumed++;
        vector.Ledger.Generated++;
        output.Send(vector, slot, target, asker);
    }

    private static string Words(NeighborReceipt receipt) => receipt switch
    {
        NeighborReceipt.Answered => "answered for an address of the router",
        NeighborReceipt.Updated => "told the MAC address of a neighbour",
        _ => "ARP or neighbour discovery that changes nothing",
    };
}
