using Weft.Encap;
using Weft.Host.Datapath.Routing;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Datapath.Translation;

/// <summary>Routes what the tunnel's entry writes.</summary>
internal readonly ref struct RedirectSink(PacketVector vector, Routers routers, RouterOutput output, ushort slot) : INatTunnelSink
{
    public void Send(ReadOnlySpan<byte> packet)
    {
        PacketContext cause = vector[slot];
        if (!RouterPackets.TryMake(vector, cause.Order, cause.Ingress, cause.Interface, packet, out ushort made))
        {
            return;
        }

        VtepAddress destination = RouterPackets.DestinationOf(packet);
        if (routers.WayTo(destination, cause.Interface) is RouteTarget target)
        {
            output.Send(vector, made, target, destination);
        }
        else
        {
            vector.Trace?.Note(StageId.Nat, $"no route to {destination}");
            vector.Drop(made, DropReason.RouteNone);
        }
    }
}
