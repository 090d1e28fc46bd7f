using Weft.Bridge;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Balancing;
using Weft.Host.Datapath.Presence;
using Weft.Host.Datapath.Routing;
using Weft.Host.Datapath.Translation;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Routes packets that are addressed to a router (RFC 1812 section 5, RFC 8200): checks the header, finds the longest prefix, counts the hop,
/// keeps to the next link's MTU, and hands the packet to its next hop.
/// </summary>
internal sealed class RouteStage(Routers routers, RouterOutput output, RouterService service, Translators translators, NatGateways gateways, ReturnPaths paths, SasePoint? presence) : IGraphStage
{
    public StageId Id => StageId.Route;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            if (!TryRoute(vector, slots[i]))
            {
                // What waits to be sent gives its buffers back.
                vector.PutBack(Id, slots[i..]);
                return;
            }
        }
    }

    /// <summary>Takes a packet one hop further, or ends it. False, and nothing of the packet changed, if it has to wait for buffers.</summary>
    private bool TryRoute(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        if (context.Marks == RouteMarks.None)
        {
            context.Interface = routers.InterfaceAt(context.Decision.Output.Where.Index, context.Segment);
        }

        if (context.Layout.VlanTags > 0)
        {
            _ = new VlanRewrite(VlanRewriteKind.Pop, 0).TryApply(vector.Pool.Room(context.Packet), ref context.Packet.Offset, ref context.Packet.Length);
            _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
        }

        return context.Layout.EtherType switch
        {
            EtherType.IPv4 => TryRouteIPv4(vector, slot),
            EtherType.IPv6 => TryRouteIPv6(vector, slot),
            EtherType.Arp => service.TakeNeighborMessage(vector, slot),
            _ => Drop(vector, slot, DropReason.RouteNotIp, "neither IP nor ARP"),
        };
    }

    private bool TryRouteIPv4(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        if (!IPv4View.TryParse(vector.Bytes(slot)[context.Layout.L3Offset..], out IPv4View view) || view.IsTruncated)
        {
            return Drop(vector, slot, DropReason.RouteMalformed, "the IPv4 header is damaged or cut off");
        }

        if (!view.IsChecksumValid)
        {
            return Drop(vector, slot, DropReason.RouteHeaderChecksum, "the IPv4 header checksum is wrong");
        }

        (IPv4Address source, IPv4Address destination) = (view.Source, view.Destination);
        if (Martians.IsSource(source) || Martians.IsDestination(destination))
        {
            return Drop(vector, slot, DropReason.RouteMartian, vector.Trace is null ? "" : $"from {source} to {destination}");
        }

        if (view.HeaderLength > IPv4Header.MinLength && SourceRoutes.Any(view))
        {
            return Drop(vector, slot, DropReason.RouteSourceRoute, "a source route option, or options that cannot be read");
        }

        RoutingTable table = routers.TableOf(context.Interface);
        RouterInterface at = routers.Interfaces[context.Interface];
        if (at.Plan.ReversePath != ReversePathMode.Off && !IsOnReversePath(table.Find(source), context.Interface, at.Plan.ReversePath))
        {
            return Drop(vector, slot, DropReason.RouteReversePath, vector.Trace is null ? "" : $"{source} is not reached through {routers.NameOf(context.Interface)}");
        }

        Translator? nat = (context.Marks & RouteMarks.Translated) == 0 ? translators.Of(at.Router) : null;
        if (nat is not null && nat.IsShared(destination) && (context.Interface == nat.Outside || nat.Covers(source)))
        {
            return Hand(vector, slot, StageId.Nat, context.Interface == nat.Outside ? RouteMarks.Inbound : RouteMarks.None);
        }

        if (gateways.All.Length > 0 && gateways.Of(at.Router)?.IsShared(destination) == true)
        {
            return Hand(vector, slot, StageId.NatGateway, RouteMarks.None);
        }

        if (presence is not null && presence.IsPublic(at.Router, destination))
        {
            return Hand(vector, slot, StageId.Sase, RouteMarks.FromInternet);
        }

        if (IsReply(vector, slot))
        {
            return Hand(vector, slot, StageId.Lb, RouteMarks.FromServer);
        }

        RouteTarget? target = table.Find(destination);
        Describe(vector, context.Interface, destination, target);
        if (presence is not null && target?.Kind != RouteKind.Local && presence.IsSite(at.Router) && (context.Marks & (RouteMarks.Translated | RouteMarks.Bypassed)) == 0)
        {
            return Hand(vector, slot, StageId.Sase, RouteMarks.FromSite);
        }

        if (presence is not null && target?.Kind == RouteKind.Local && presence.IsMine(at.Router, vector.Bytes(slot), context.Layout, destination))
        {
            return Hand(vector, slot, StageId.Sase, RouteMarks.None);
        }

        if (target is not { Forwards: true })
        {
            return End(vector, slot, target);
        }

        if (view.TimeToLive <= 1)
        {
            return Refuse(vector, slot, RouteError.TimeExceeded, DropReason.RouteHopsExceeded, vector.Trace is null ? "" : $"the time to live is {view.TimeToLive}");
        }

        int mtu = routers.Interfaces[target.Interface].Plan.MtuBytes;
        if (view.TotalLength > mtu && view.DontFragment)
        {
            return Refuse(vector, slot, RouteError.TooBig, DropReason.RouteTooBig, vector.Trace is null ? "" : $"{view.TotalLength} bytes where {mtu} fit, and not to be fragmented", mtu);
        }

        if (IsForward(context, target))
        {
            return Hand(vector, slot, StageId.Lb, RouteMarks.None);
        }

        if (nat is not null && target.Interface == nat.Outside && context.Interface != nat.Outside && nat.Covers(source))
        {
            return Hand(vector, slot, StageId.Nat, RouteMarks.None);
        }

        if (view.TotalLength > mtu)
        {
            return TryFragment(vector, slot, target, new VtepAddress(destination), mtu);
        }

        HopLimits.CountIPv4(vector.Bytes(slot)[context.Layout.L3Offset..]);
        output.Send(vector, slot, target, new VtepAddress(destination));
        return true;
    }

    private bool TryRouteIPv6(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        if (!IPv6View.TryParse(vector.Bytes(slot)[context.Layout.L3Offset..], out IPv6View view) || view.IsTruncated)
        {
            return Drop(vector, slot, DropReason.RouteMalformed, "the IPv6 header is damaged or cut off");
        }

        (IPv6Address source, IPv6Address destination) = (view.Source, view.Destination);
        if (RouterService.IsDiscovery(vector.Bytes(slot), context.Layout))
        {
            return service.TakeNeighborMessage(vector, slot);
        }

        if (Martians.IsSource(source) || Martians.IsDestination(destination))
        {
            return Drop(vector, slot, DropReason.RouteMartian, vector.Trace is null ? "" : $"from {source} to {destination}");
        }

        if (SourceRoutes.Any(view))
        {
            return Drop(vector, slot, DropReason.RouteSourceRoute, "a routing header of type 0");
        }

        if (RoutingTable.IsLinkLocal(destination))
        {
            return service.TakeLinkLocal(vector, slot, destination);
        }

        if (translators.Of(routers.Interfaces[context.Interface].Router) is Translator nat && nat.IsTunnel(view))
        {
            return Hand(vector, slot, StageId.Nat, RouteMarks.Inbound);
        }

        if (gateways.All.Length > 0 && (context.Marks & RouteMarks.Translated) == 0 && gateways.Of(routers.Interfaces[context.Interface].Router)?.IsSentOn(view) == true)
        {
            return Hand(vector, slot, StageId.NatGateway, RouteMarks.None);
        }

        if (IsReply(vector, slot))
        {
            return Hand(vector, slot, StageId.Lb, RouteMarks.FromServer);
        }

        RoutingTable table = routers.TableOf(context.Interface);
        RouteTarget? target = table.Find(destination);
        Describe(vector, context.Interface, destination, target);
        if (target is not { Forwards: true })
        {
            return End(vector, slot, target);
        }

        if (RoutingTable.IsLinkLocal(source))
        {
            return Drop(vector, slot, DropReason.RouteMartian, vector.Trace is null ? "" : $"{source} means something on its link only");
        }

        ReversePathMode mode = routers.Interfaces[context.Interface].Plan.ReversePath;
        if (mode != ReversePathMode.Off && !IsOnReversePath(table.Find(source), context.Interface, mode))
        {
            return Drop(vector, slot, DropReason.RouteReversePath, vector.Trace is null ? "" : $"{source} is not reached through {routers.NameOf(context.Interface)}");
        }

        if (view.HopLimit <= 1)
        {
            return Refuse(vector, slot, RouteError.TimeExceeded, DropReason.RouteHopsExceeded, vector.Trace is null ? "" : $"the hop limit is {view.HopLimit}");
        }

        int mtu = routers.Interfaces[target.Interface].Plan.MtuBytes;
        if (IPv6Header.Length + view.PayloadLength > mtu)
        {
            return Refuse(vector, slot, RouteError.TooBig, DropReason.RouteTooBig, vector.Trace is null ? "" : $"{IPv6Header.Length + view.PayloadLength} bytes where {mtu} fit", mtu);
        }

        if (IsForward(context, target))
        {
            return Hand(vector, slot, StageId.Lb, RouteMarks.None);
        }

        HopLimits.CountIPv6(vector.Bytes(slot)[context.Layout.L3Offset..]);
        output.Send(vector, slot, target, new VtepAddress(destination));
        return true;
    }

    /// <summary>True for a packet of a server of load balancers, which they have not seen yet; not for one to the router itself.</summary>
    private bool IsReply(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        return (context.Marks & RouteMarks.Balanced) == 0 && paths.All.Length > 0
            && paths.Reply(routers.Interfaces[context.Interface].Router, context.Interface) is not null
            && routers.TargetOf(RouterPackets.DestinationOf(vector.Bytes(slot)[context.Layout.L3Offset..]), context.Interface) is not { Kind: RouteKind.Local };
    }

    /// <summary>True for a packet on its way from load balancers to servers, of which nothing was learned yet.</summary>
    private bool IsForward(in PacketContext context, RouteTarget target) => (context.Marks & RouteMarks.Balanced) == 0 && paths.All.Length > 0
        && paths.Forward(routers.Interfaces[context.Interface].Router, context.Interface, target.Interface) is not null;

    private static bool Hand(PacketVector vector, ushort slot, StageId stage, RouteMarks marks)
    {
        vector[slot].Marks |= marks;
        vector.Forward(slot, stage);
        return true;
    }

    /// <summary>Ends a packet that goes no further: it is for the router, or for nobody.</summary>
    private bool End(PacketVector vector, ushort slot, RouteTarget? target) => target?.Kind switch
    {
        RouteKind.Local => service.Take(vector, slot, routers.Locals[target.Local]),
        RouteKind.Broadcast => Drop(vector, slot, DropReason.RouteDirectedBroadcast, "a broadcast to a connected network"),
        RouteKind.Blackhole => Drop(vector, slot, DropReason.RouteRefused, "the route is a black hole"),
        RouteKind.Unreachable => Refuse(vector, slot, RouteError.HostUnreachable, DropReason.RouteRefused, "the route says that it cannot be reached"),
        RouteKind.Prohibit => Refuse(vector, slot, RouteError.Prohibited, DropReason.RouteRefused, "the route says that it is not allowed"),
        _ => Refuse(vector, slot, RouteError.NetworkUnreachable, DropReason.RouteNone, "no route"),
    };

    private bool TryFragment(PacketVector vector, ushort slot, RouteTarget target, VtepAddress destination, int mtu)
    {
        ref PacketContext context = ref vector[slot];
        Span<byte> frame = vector.Bytes(slot);
        int l3 = context.Layout.L3Offset;
        _ = IPv4Fragmenter.TryCreate(frame[l3..], mtu, out IPv4Fragmenter fragmenter);
        if (Math.Min(vector.FreeSlots, vector.Pool.Available) < fragmenter.Count)
        {
            bool roomWillCome = vector.WaitingToSend > 0 || vector.Waiting(StageId.Bridge) > 0 || vector.Waiting(StageId.Encap) > 0 || vector.Waiting(StageId.Seal) > 0;
            return !roomWillCome && Drop(vector, slot, DropReason.PoolExhausted, "no buffers for the fragments");
        }

        vector.Trace?.Note(Id, $"{context.Layout.EndOffset - l3} bytes are cut into {fragmenter.Count} fragments of at most {mtu}");
        HopLimits.CountIPv4(frame[l3..]);
        _ = IPv4Fragmenter.TryCreate(frame[l3..], mtu, out fragmenter);
        while (vector.TryGenerate(context.Order, context.Ingress, out ushort made))
        {
            ref PacketContext fragment = ref vector[made];
            _ = vector.Pool.TrySetLength(ref fragment.Packet, l3 + mtu);
            if (!fragmenter.TryWriteNext(vector.Bytes(made)[l3..], out int length))
            {
                vector.Ledger.Generated--;
                vector.Release(made);
                break;
            }

            frame[..l3].CopyTo(vector.Bytes(made));
            _ = vector.Pool.TrySetLength(ref fragment.Packet, l3 + length);
            _ = PacketLayout.TryParse(vector.Bytes(made), out fragment.Layout);
            fragment.Interface = context.Interface;
            output.Send(vector, made, target, destination);
        }

        vector.Consume(slot);
        return true;
    }

    private bool Refuse(PacketVector vector, ushort slot, RouteError error, DropReason reason, string note, int mtu = 0)
    {
        vector.Trace?.Note(Id, note);
        output.Errors.Send(vector, slot, error, mtu);
        vector.Drop(slot, reason);
        return true;
    }

    private bool Drop(PacketVector vector, ushort slot, DropReason reason, string note)
    {
        vector.Trace?.Note(Id, note);
        vector.Drop(slot, reason);
        return true;
    }

    private static bool IsOnReversePath(RouteTarget? back, int number, ReversePathMode mode) =>
        back is { Forwards: true } && (mode == ReversePathMode.Loose || back.Interface == number);

    private void Describe<T>(PacketVector vector, int number, T destination, RouteTarget? target)
    {
        if (vector.Trace is not null)
        {
            string way = target is null ? "no route" : $"{target.Prefix} {target.Kind.ToString().ToLowerInvariant()}{(target.Hop is TunnelAddress hop ? $" {hop}" : "")}";
            vector.Trace.Note(Id, $"in by {routers.NameOf(number)}, to {destination}: {way}");
        }
    }
}
