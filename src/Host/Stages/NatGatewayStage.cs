using Weft.Host.Datapath;
using Weft.Host.Datapath.Routing;
using Weft.Host.Datapath.Translation;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Brings packets for shared addresses to the hosts that own their ports: what comes from outside goes into the tunnel, and what a host sent on to a port gets the
/// address of its owner.
/// </summary>
internal sealed class NatGatewayStage(NatGateways gateways, Routers routers, RouterOutput output) : IGraphStage
{
    private readonly byte[] _error = new byte[NatEngine.MaxErrorLength];

    public StageId Id => StageId.NatGateway;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            NatGateway gateway = gateways.Of(routers.Interfaces[vector[slot].Interface].Router)!;
            gateway.Engine.Owners = gateway.Owners?.Table;
            if (vector[slot].Layout.IsIPv4)
            {
                Forward(vector, slot, gateway);
            }
            else
            {
                Readdress(vector, slot, gateway);
            }
        }
    }

    private void Forward(PacketVector vector, ushort slot, NatGateway gateway)
    {
        Describe(vector, slot, gateway);
        var sink = RoutedSink.For(vector, routers, output, Id, slot);
        NatEncapVerdict verdict = gateway.Engine.Forward(RouterPackets.PacketOf(vector, slot), vector.Now, ref sink);
        switch (verdict)
        {
            case NatEncapVerdict.Sent when sink.HasLost:
                vector.Drop(slot, DropReason.PoolExhausted);
                break;
            case NatEncapVerdict.Sent:
                vector.Consume(slot);
                break;
            case NatEncapVerdict.Held:
                vector.Trace?.Consume(Id, "waits for the first fragment of its datagram");
                vector.Consume(slot);
                break;
            case NatEncapVerdict.TooBig or NatEncapVerdict.Expired:
                Refuse(vector, slot, gateway, verdict);
                break;
            default:
                vector.Drop(slot, verdict == NatEncapVerdict.NoOwner ? DropReason.NatGatewayNoOwner : DropReason.NatGatewayMalformed);
                break;
        }
    }

    private void Refuse(PacketVector vector, ushort slot, NatGateway gateway, NatEncapVerdict verdict)
    {
        bool isTooBig = verdict == NatEncapVerdict.TooBig;
        vector.Trace?.Note(Id, isTooBig ? $"longer than the {gateway.Engine.Tunnel.InnerMtu} bytes that the tunnel takes, and not to be fragmented" : "the time to live is 1");
        int length = gateway.Engine.Tunnel.WriteError(RouterPackets.PacketOf(vector, slot), verdict, _error);
        if (length > 0)
        {
            RoutedSink.For(vector, routers, output, Id, slot).Send(_error.AsSpan(0, length));
        }

        vector.Drop(slot, isTooBig ? DropReason.RouteTooBig : DropReason.RouteHopsExceeded);
    }

    private void Readdress(PacketVector vector, ushort slot, NatGateway gateway)
    {
        NatEncapVerdict verdict = gateway.Engine.Readdress(RouterPackets.PacketOf(vector, slot));
        if (verdict != NatEncapVerdict.Sent)
        {
            vector.Drop(slot, verdict == NatEncapVerdict.NoOwner ? DropReason.NatGatewayNoOwner : DropReason.NatGatewayMalformed);
            return;
        }

        gateway.Readdressed++;
        vector.Trace?.Note(Id, $"{gateway.Plan.Name}: sent on by a host, to the owner of its port");
        vector[slot].Marks |= RouteMarks.Translated;
        vector.Forward(slot, StageId.Route);
    }

    private void Describe(PacketVector vector, ushort slot, NatGateway gateway)
    {
        if (vector.Trace is null || !DsnatGateway.TryGetPortKey(RouterPackets.PacketOf(vector, slot), out IPv4Address shared, out ushort port))
        {
            return;
        }

        string whose = gateway.Owners is not { } known ? "whose routes say where it is"
            : known.Table.TryFind(shared, port, out IPv6Address owner) ? $"which is {NameOf(known, owner)}'s"
            : "which nobody owns";
        vector.Trace.Note(Id, $"{gateway.Plan.Name}: for port {port} of {shared}, {whose}");
    }

    private static string NameOf(Datapath.Sharing.KnownOwners known, IPv6Address owner) =>
        known.Blocks.FirstOrDefault(block => block.Owner.Host == owner).Name ?? owner.ToString();
}
