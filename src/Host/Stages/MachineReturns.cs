using Weft.Bridge;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Machines;
using Weft.Packets;
using Weft.Ports;
using Weft.Services;

namespace Weft.Host.Stages;

/// <summary>Brings packets of a machine back that waited while it moved: those of a move that was given up, and those that another host sent after it.</summary>
internal static class MachineReturns
{
    public static void Offer(PacketVector vector, Machine machine, MachinePlaces places)
    {
        Offer(vector, machine, places, machine.Departure?.Held, isHeld: true);
        Offer(vector, machine, places, machine.Arrival?.Inbox, isHeld: false);
        if (machine.Departure?.Held.Count == 0)
        {
            machine.Departure = null;
        }
    }

    private static void Offer(PacketVector vector, Machine machine, MachinePlaces places, HeldPackets? packets, bool isHeld)
    {
        while (packets?.Count > 0 && vector.FreeSlots > 1 && vector.Pool.Available > 1)
        {
            _ = packets.TryTake(out ReadOnlySpan<byte> frame, out ServiceDirection direction, out ushort port);
            if (!isHeld)
            {
                // The other host's ports are not this one's.
                int own = machine.Plan.Port >= 0 ? machine.Plan.Port : machine.LastPort;
                if (own < 0 || frame.Length > vector.Pool.MaxPacketBytes)
                {
                    machine.NotSent++;
                    continue;
                }

                port = (ushort)own;
            }

            Bring(vector, machine, places, frame, direction, port, isHeld);
        }
    }

    private static void Bring(PacketVector vector, Machine machine, MachinePlaces places, ReadOnlySpan<byte> frame, ServiceDirection direction, ushort port, bool isHeld)
    {
        _ = vector.Pool.TryRent(out Packet packet);
        _ = vector.Pool.TrySetLength(ref packet, frame.Length);
        frame.CopyTo(vector.Pool.Bytes(packet));
        _ = vector.TryAttach(packet, order: 0, port, out ushort slot);
        _ = isHeld ? vector.Ledger.Held-- : vector.Ledger.Generated++;
        ref PacketContext context = ref vector[slot];
        _ = PacketLayout.TryParse(frame, out context.Layout);
        if (direction == ServiceDirection.FromMachine)
        {
            vector.Forward(slot, StageId.Bridge);
            return;
        }

        ushort vlan = machine.Plan.Segment >= 0 ? places.Plan.Segments[machine.Plan.Segment].Vlan : places.Plan.Ports[port].NativeVlan;
        (context.Egress, context.Decision) = (port, new BridgeDecision { Vlan = vlan });
        vector.Forward(slot, StageId.Deliver);
    }
}
