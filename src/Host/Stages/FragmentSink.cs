using Weft.Encap;
using Weft.Host.Datapath;

namespace Weft.Host.Stages;

/// <summary>Sends the packets that one frame becomes through the endpoint's port.</summary>
/// <param name="vector">The vector under way.</param>
/// <param name="port">The underlay port.</param>
/// <param name="original">Slot of the frame.</param>
/// <param name="isSealed">Whether the packets are sealed before they go to the port.</param>
internal ref struct FragmentSink(PacketVector vector, int port, ushort original, bool isSealed) : IFragmentSink
{
    private ushort _slot;

    public Span<byte> Begin(int bytes)
    {
        if (!vector.TryGenerate(vector[original].Order, vector[original].Ingress, out _slot))
        {
            return [];
        }

        if (!vector.Pool.TrySetLength(ref vector[_slot].Packet, bytes))
        {
            // Never: a buffer holds any packet of its port. The books stay right all the same.
            vector.Drop(_slot, DropReason.PoolExhausted);
            return [];
        }

        return vector.Bytes(_slot);
    }

    public readonly void End(int bytes)
    {
        if (isSealed)
        {
            vector[_slot].Peer = vector[original].Peer;
            vector.Forward(_slot, StageId.Seal);
            return;
        }

        vector.Send(_slot, port);
        vector.Release(_slot);
    }
}
