using Weft.Encap;
using Weft.Host.Datapath.Routing;
using Weft.Nat;

namespace Weft.Host.Datapath.Translation;

/// <summary>Makes a frame of each packet that translation writes beside the one that it works on, for the tunnel or in answer, and routes it.</summary>
/// <param name="vector">The burst.</param>
/// <param name="routers">What knows the way.</param>
/// <param name="output">Where it goes out.</param>
/// <param name="stage">Who writes it.</param>
/// <param name="order">Place in the burst of what it comes from.</param>
/// <param name="ingress">Port of what it comes from.</param>
/// <param name="number">Interface whose router knows the way.</param>
internal struct RoutedSink(PacketVector vector, Routers routers, RouterOutput output, StageId stage, ushort order, ushort ingress, int number) : INatTunnelSink
{
    /// <summary>True if a packet found no slot or buffer.</summary>
    public bool HasLost { get; private set; }

    /// <summary>For what comes from a packet of the burst.</summary>
    public static RoutedSink For(PacketVector vector, Routers routers, RouterOutput output, StageId stage, ushort slot)
    {
        ref PacketContext cause = ref vector[slot];
        return new RoutedSink(vector, routers, output, stage, cause.Order, cause.Ingress, cause.Interface);
    }

    public void Send(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty)
        {
            return;
        }

        if (!RouterPackets.TryMake(vector, order, ingress, number, packet, out ushort made))
        {
            HasLost = true;
            return;
        }

        VtepAddress destination = RouterPackets.DestinationOf(packet);
        if (routers.WayTo(destination, number) is RouteTarget target)
        {
            vector.Trace?.Note(stage, $"to {destination} by {routers.NameOf(target.Interface)}");
            output.Send(vector, made, target, destination);
        }
        else
        {
            vector.Trace?.Note(stage, $"no route to {destination}");
            vector.Drop(made, DropReason.RouteNone);
        }
    }
}
