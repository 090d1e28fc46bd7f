using Weft.Host.Datapath;
using Weft.Host.Datapath.Machines;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Stages;

/// <summary>Puts into the vector what services made: answers, resets, copies for a collector, packets that were kept for a while.</summary>
internal static class MachineOutbox
{
    /// <summary>Empties the outbox of a machine's services.</summary>
    /// <param name="vector">The vector under way.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="order">Place in the burst of the packet that gave rise to them.</param>
    /// <param name="ingress">Port that drops, if any, are booked under.</param>
    public static void Send(PacketVector vector, Machine machine, ushort order, ushort ingress)
    {
        while (machine.Set.Outbox.TryTake(out ReadOnlySpan<byte> frame, out ServiceOutput where))
        {
            int port = where == ServiceOutput.Mirror ? machine.Plan.MirrorPort : machine.LastPort;
            if (port < 0 || !TryMake(vector, order, where == ServiceOutput.FromMachine ? (ushort)port : ingress, frame, out ushort slot))
            {
                machine.NotSent++;
                continue;
            }

            if (where == ServiceOutput.FromMachine)
            {
                vector[slot].IsServed = true;
                vector.Trace?.Note(StageId.Services, "a service sends a packet into the network");
                vector.Forward(slot, StageId.Bridge);
                continue;
            }

            vector.Trace?.Note(StageId.Services, where == ServiceOutput.Mirror ? "a copy goes to the collector" : "a service sends a packet to the machine");
            vector.Send(slot, port);
            vector.Release(slot);
        }
    }

    private static bool TryMake(PacketVector vector, ushort order, ushort ingress, ReadOnlySpan<byte> frame, out ushort slot)
    {
        slot = 0;
        if (frame.Length > vector.Pool.MaxPacketBytes || !vector.TryGenerate(order, ingress, out slot))
        {
            return false;
        }

        ref PacketContext context = ref vector[slot];
        _ = vector.Pool.TrySetLength(ref context.Packet, frame.Length);
        frame.CopyTo(vector.Bytes(slot));
        _ = PacketLayout.TryParse(frame, out context.Layout);
        return true;
    }
}
