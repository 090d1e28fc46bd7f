using Weft.Encap;
using Weft.Ports;

namespace Weft.Host.Datapath.Underlay;

/// <summary>Sends what a neighbour resolver wants sent through the endpoint's port.</summary>
/// <param name="vector">The vector under way.</param>
/// <param name="port">The underlay port.</param>
/// <param name="order">Place among the packets of the burst.</param>
/// <param name="ingress">Port of the packet that caused it.</param>
/// <param name="asks">True if it asks, false if it answers.</param>
/// <param name="isMute">True if another worker answers.</param>
internal readonly ref struct UnderlaySink(PacketVector vector, int port, ushort order, ushort ingress, bool asks, bool isMute = false) : IFrameSink
{
    /// <summary>Without a buffer the message is lost as if on the wire; who needs an answer asks again.</summary>
    public void Send(ReadOnlySpan<byte> frame)
    {
        if (!isMute && vector.TryGenerate(order, ingress, out ushort slot))
        {
            ref PacketContext context = ref vector[slot];
            context.IsQuestion = asks;
            _ = vector.Pool.TrySetLength(ref context.Packet, frame.Length);
            frame.CopyTo(vector.Bytes(slot));
            vector.Send(slot, port);
            vector.Release(slot);
        }
    }
}
