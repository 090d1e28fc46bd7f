using Weft.Encap;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Routing;
using Weft.Nat;

namespace Weft.Host.Stages;

/// <summary>Routes what a gateway writes.</summary>
internal ref struct NatGatewaySink(PacketVector vector, Routers routers, RouterOutput output, ushort slot) : INatTunnelSink
{
    /// <summary>True if a packet found no slot or buffer.</summary>
    public bool HasLost { get; private set; }

    public void Send(ReadOnlySpan<byte> packet)
    {
        PacketContext cause = vector[slot];
        if (!RouterPackets.TryMake(vector, cause.Order, cause.Ingress, cause.Interface, packet, out ushort made))
        {
            HasLost = true;
            return;
        }

        VtepAddress destination = RouterPackets.DestinationOf(packet);
        if (routers.WayTo(destination, cause.Interface) is RouteTarget target)
        {
            vector.Trace?.Note(StageId.NatGateway, $"to {destination} by {routers.NameOf(target.Interface)}");
            output.Send(vector, made, target, destination);
        }
        else
        {
            vector.Trace?.Note(StageId.NatGateway, $"no route to {destination}");
            vector.Drop(made, DropReason.RouteNone);
        }
    }
}
