using Weft.Encap;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>Sends what a neighbour resolver wants sent into the segment of an interface.</summary>
/// <param name="vector">The vector under way.</param>
/// <param name="number">The interface.</param>
/// <param name="order">Place among the packets of the burst.</param>
/// <param name="ingress">Port of the packet that caused it.</param>
/// <param name="asks">True if it asks, false if it answers.</param>
internal readonly ref struct RouterSink(PacketVector vector, int number, ushort order, ushort ingress, bool asks) : IFrameSink
{
    /// <summary>Without a buffer the message is lost as if on the wire; who needs an answer asks again.</summary>
    public void Send(ReadOnlySpan<byte> frame)
    {
        if (vector.TryGenerate(order, ingress, out ushort slot))
        {
            ref PacketContext context = ref vector[slot];
            (context.IsQuestion, context.Interface) = (asks, number);
            _ = vector.Pool.TrySetLength(ref context.Packet, frame.Length);
            frame.CopyTo(vector.Bytes(slot));
            _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
            vector.Forward(slot, StageId.Bridge);
        }
    }
}
