using Weft.Bridge;

namespace Weft.Host.Datapath.Links;

/// <summary>Sends what protocols between neighbours have to say. When slots or buffers run short, the graph sends what it has first.</summary>
/// <param name="vector">Where frames are made.</param>
/// <param name="graph">What sends them; null if it is running, and a stage of it asks.</param>
internal readonly ref struct LinkSink(PacketVector vector, SwitchGraph? graph) : ILinkSink
{
    private const int LeastRoom = 32;

    public void Send(int port, scoped ReadOnlySpan<byte> frame)
    {
        if (vector.Trace is not null)
        {
            // A trace runs in a twin, which must not speak for the switch.
            return;
        }

        if (graph is not null && (vector.FreeSlots < LeastRoom || vector.Pool.Available < LeastRoom))
        {
            graph.Run();
        }

        if (!vector.TryGenerate(order: 0, (ushort)port, out ushort slot))
        {
            return;
        }

        vector[slot].IsQuestion = true;
        if (vector.Pool.TrySetLength(ref vector[slot].Packet, frame.Length))
        {
            frame.CopyTo(vector.Bytes(slot));
            vector.Send(slot, port);
        }

        vector.Release(slot);
    }
}
