using Weft.Host.Datapath;
using Weft.Host.Datapath.Egress;
using Weft.Ports;

namespace Weft.Host.Stages;

/// <content>Ports whose frames wait in queues.</content>
internal sealed partial class TransmitStage
{
    private readonly HeldPacket[] _left = new HeldPacket[EgressBacklog.Burst];

    /// <summary>Sends what may leave by now.</summary>
    public void Advance(PacketVector vector)
    {
        for (int port = 0; port < _ports.Length; port++)
        {
            if (_egress?.Of(port) is EgressBacklog backlog && vector.Now >= backlog.NextDue && _ports[port] is IPort device)
            {
                Drain(vector, port, device, backlog);
            }
        }
    }

    /// <summary>Puts what is in the burst into the queues of its port. What other ports are still to send goes as a copy, and superframes are cut: queues count frames.</summary>
    private void Enqueue(PacketVector vector, int port, EgressBacklog backlog, int count)
    {
        count = Cut(vector, from: 0, count);
        foreach (ushort slot in _burstSlots.AsSpan(0, count))
        {
            ushort own = slot;
            if (vector[slot].PendingSends > 1 || vector[slot].InGraph)
            {
                bool isCopied = vector.TryClone(slot, out own);
                if (!isCopied)
                {
                    vector.DropCopy(slot, DropReason.PoolExhausted);
                }

                vector.SendDone(slot);
                if (!isCopied)
                {
                    continue;
                }
            }

            vector[own].PendingSends = 0;
            int queue = backlog.QueueOf(vector.Bytes(own));
            vector.Trace?.Note(Id, $"queue {queue} of port {_topology.Plan.Ports[port].Name}");
            if (!_egress!.HasRoom || !backlog.TryReserve(queue, vector[own].Packet.Length, out int place))
            {
                vector.Drop(own, DropReason.EgressQueueFull);
                continue;
            }

            if (backlog.Scheduler.TryMark(queue, vector.Bytes(own)))
            {
                vector.Trace?.Note(Id, "marked as having met congestion: as many wait as ecnFrames says");
            }

            var held = new HeldPacket(vector[own].Packet, vector[own].Ingress, vector[own].IsQuestion);
            _ = vector.Detach(own);
            backlog.Fill(place, held);
            _egress.Note(vector, 1);
        }
    }

    /// <summary>Hands a port what may leave, until nothing waits, the shaper says later, or the port is full.</summary>
    private void Drain(PacketVector vector, int port, IPort device, EgressBacklog backlog)
    {
        if (_shutdowns is not null && _shutdowns.IsShut(port))
        {
            _egress!.Drop(vector, backlog, DropReason.EgressPortShut);
            return;
        }

        while (true)
        {
            int count = 0;
            while (count < EgressBacklog.Burst && vector.FreeSlots > 0 && backlog.TryTake(vector.Now, out HeldPacket held))
            {
                _ = vector.TryAttach(held.Packet, order: 0, held.Ingress, out ushort slot);
                (vector[slot].PendingSends, vector[slot].IsQuestion) = (1, held.IsQuestion);
                (_burst[count], _burstSlots[count]) = (held.Packet, slot);
                count++;
            }

            _egress!.Note(vector, -count);
            int done = count == 0 ? 0 : Offer(vector, port, device, ref count);
            if (done < count)
            {
                for (int i = done; i < count; i++)
                {
                    ref PacketContext context = ref vector[_burstSlots[i]];
                    _left[i - done] = new HeldPacket(context.Packet, context.Ingress, context.IsQuestion);
                    context.PendingSends = 0;
                    _ = vector.Detach(_burstSlots[i]);
                }

                _egress.Note(vector, count - done);
                backlog.PutBack(_left.AsSpan(0, count - done), vector.Now);
                NoteWaiting(vector, port, backlog);
                return;
            }

            if (count < EgressBacklog.Burst)
            {
                backlog.Rest(vector.Now);
                NoteWaiting(vector, port, backlog);
                return;
            }
        }
    }

    private void NoteWaiting(PacketVector vector, int port, EgressBacklog backlog)
    {
        if (backlog.Count > 0)
        {
            vector.Trace?.Wait(Id, $"for its turn at port {_topology.Plan.Ports[port].Name}");
        }
    }
}
