using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Balancing;
using Weft.Host.Datapath.Routing;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Learns which load balancer a flow to a server comes from, and sends the server's replies there. Only packets that a router takes from
/// load balancers to servers teach anything.
/// </summary>
internal sealed class LbStage(ReturnPaths paths, Routers routers, RouterOutput output) : IGraphStage
{
    private readonly byte[] _scratch = new byte[ushort.MaxValue];

    public StageId Id => StageId.Lb;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            RouterInterface at = routers.Interfaces[context.Interface];
            if ((context.Marks & RouteMarks.FromServer) != 0)
            {
                Reply(vector, slot, paths.Reply(at.Router, context.Interface)!, (uint)at.Router);
            }
            else
            {
                Learn(vector, slot, (uint)at.Router);
            }
        }
    }

    private void Learn(PacketVector vector, ushort slot, uint zone)
    {
        ref PacketContext context = ref vector[slot];
        ReadOnlySpan<byte> frame = vector.Bytes(slot);
        foreach (ReturnPath path in paths.All)
        {
            if (path.Front != context.Interface || !path.Plan.Learning || !path.IsServer(AddressOf(frame[context.Layout.L3Offset..], isSource: false))
                || !path.Table.TryMatchLb(MacAddress.Read(frame[MacAddress.Length..]), ReturnPath.Port, out LbId lb))
            {
                continue;
            }

            ForwardVerdict verdict = path.Table.ObserveForward(frame, context.Layout, zone, lb, vector.Now);
            vector.Trace?.Note(Id, $"{path.Plan.Name}: from {path.NameOf(lb)}, {verdict.ToString().ToLowerInvariant()}");
            break;
        }

        context.Marks |= RouteMarks.Balanced;
        vector.Forward(slot, StageId.Route);
    }

    private void Reply(PacketVector vector, ushort slot, ReturnPath path, uint zone)
    {
        ref PacketContext context = ref vector[slot];
        (ushort order, ushort ingress) = (context.Order, context.Ingress);
        if (!path.IsServer(AddressOf(vector.Bytes(slot)[context.Layout.L3Offset..], isSource: true)))
        {
            Route(vector, slot);
            return;
        }

        ReplyVerdict verdict = path.Table.ResolveReply(vector.Bytes(slot), context.Layout, zone, tag: 0, vector.Now);
        Settle(vector, slot, path, verdict);
        if (verdict.Released > 0)
        {
            TakeFragments(vector, path, order, ingress);
        }
    }

    private void Settle(PacketVector vector, ushort slot, ReturnPath path, in ReplyVerdict verdict)
    {
        switch (verdict.Action)
        {
            case ReplyAction.Redirect:
                Redirect(vector, slot, path, verdict.Lb);
                break;
            case ReplyAction.Held:
                vector.Trace?.Consume(Id, "waits for the first fragment of its datagram");
                vector.Consume(slot);
                break;
            default:
                vector.Trace?.Note(Id, $"{path.Plan.Name}: no load balancer's flow");
                Route(vector, slot);
                break;
        }
    }

    private void Redirect(PacketVector vector, ushort slot, ReturnPath path, LbId lb)
    {
        ref PacketContext context = ref vector[slot];
        _ = path.Table.TryGetIdentity(lb, out LbIdentity identity);
        vector.Trace?.Note(Id, $"{path.Plan.Name}: back to {path.NameOf(lb)}");
        if (!L2Redirect.TryApply(vector.Bytes(slot), context.Layout, identity, routers.Interfaces[path.Front].Plan.Mac, routed: true))
        {
            output.Errors.Send(vector, slot, RouteError.TimeExceeded);
            vector.Drop(slot, DropReason.RouteHopsExceeded);
            return;
        }

        output.SendTo(vector, slot, path.Front, identity.Mac);
    }

    private static void Route(PacketVector vector, ushort slot)
    {
        vector[slot].Marks |= RouteMarks.Balanced;
        vector.Forward(slot, StageId.Route);
    }

    /// <summary>Puts fragments into slots that waited and whose first one has come.</summary>
    private void TakeFragments(PacketVector vector, ReturnPath path, ushort order, ushort ingress)
    {
        while (vector.FreeSlots > 1 && vector.Pool.Available > 1 && path.Table.TryTakeFragment(_scratch, out int length, out _, out ReplyVerdict verdict))
        {
            // What was held is the frame; the packet in it is what counts.
            if (PacketLayout.TryParse(_scratch.AsSpan(0, length), out PacketLayout layout)
                && RouterPackets.TryMake(vector, order, ingress, path.Back, _scratch.AsSpan(layout.L3Offset..layout.EndOffset), out ushort made))
            {
                Settle(vector, made, path, verdict);
            }
        }
    }

    private static TunnelAddress AddressOf(ReadOnlySpan<byte> packet, bool isSource)
    {
        if (IPv4View.TryParse(packet, out IPv4View v4))
        {
            return new TunnelAddress(isSource ? v4.Source : v4.Destination);
        }

        _ = IPv6View.TryParse(packet, out IPv6View v6);
        return new TunnelAddress(isSource ? v6.Source : v6.Destination);
    }
}
