using Weft.Host.Datapath;
using Weft.Host.Datapath.Machines;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Stages;

/// <summary>
/// Takes packets through the services of their machine. There are two: one behind the bridge for what machines send, one behind
/// egress for what they are sent, copies of floods included. Each machine is one worker's, and all of its packets meet its services there.
/// </summary>
internal sealed class MachineStage : IGraphStage
{
    private readonly ServiceDirection _direction;
    private readonly MachinePlaces _places;
    private readonly MachineSets _machines;
    private readonly StageId _next;
    private readonly ushort[] _burst = new ushort[ServiceSet.MaxBurst];
    private readonly ServiceResult[] _results = new ServiceResult[ServiceSet.MaxBurst];

    /// <param name="direction">Which way the packets go.</param>
    /// <param name="places">Which machine is where.</param>
    /// <param name="machines">Their services.</param>
    /// <param name="next">The stage for what machines send.</param>
    public MachineStage(ServiceDirection direction, MachinePlaces places, MachineSets machines, StageId next) =>
        (_direction, _places, _machines, _next) = (direction, places, machines, next);

    public StageId Id => _direction == ServiceDirection.FromMachine ? StageId.Services : StageId.Deliver;

    public StagePlacement Placement => StagePlacement.Owner;

    /// <summary>The worker of the packet's machine; of the next one that hears a frame for a group; this one if it is no machine's.</summary>
    public int OwnerOf(PacketVector vector, ushort slot)
    {
        int machine = IsForGroup(vector, slot) ? NextListener(vector[slot]) : MachineOf(vector, slot);
        return machine < 0 ? vector.Link.Index : _places.WorkerOf(machine);
    }

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        int count = 0;
        int machine = -1;
        foreach (ushort slot in slots)
        {
            if (IsForGroup(vector, slot))
            {
                // It takes the burst's first place, and packets keep their order.
                Flush(vector, machine, ref count);
                ToAll(vector, slot);
                continue;
            }

            int of = MachineOf(vector, slot);
            if (of != machine || count == _burst.Length)
            {
                Flush(vector, machine, ref count);
            }

            machine = of;
            _burst[count++] = slot;
        }

        Flush(vector, machine, ref count);
    }

    /// <summary>Does what is due by itself: timers, packets that come back from services in other processes.</summary>
    public void Advance(PacketVector vector)
    {
        foreach (Machine machine in _machines.All)
        {
            machine.Advance(vector.Now);
            if (machine.Set.HasContainers)
            {
                Take(vector, machine);
            }

            if (machine.HasPending)
            {
                MachineReturns.Offer(vector, machine, _places);
            }
        }
    }

    /// <summary>Takes packets back from services in other processes. They were consumed when they were given away.</summary>
    private static void Take(PacketVector vector, Machine machine)
    {
        int room = Math.Min(vector.FreeSlots, vector.Pool.Available) - 1;
        if (room > 0)
        {
            _ = machine.Set.Poll(vector.Now, Math.Min(room, ServiceSet.MaxBurst));
            MachineOutbox.Send(vector, machine, order: 0, (ushort)Math.Max(machine.LastPort, 0));
        }
    }

    private bool IsForGroup(PacketVector vector, ushort slot) => _direction == ServiceDirection.ToMachine && (vector.Bytes(slot)[0] & 1) != 0;

    private int MachineOf(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        return _direction == ServiceDirection.FromMachine
            ? _places.Find(context.Ingress, context.Decision.Vlan, vector.Bytes(slot), context.Layout, isSource: true)
            : _places.Find(context.Egress, context.Decision.Vlan, vector.Bytes(slot), context.Layout, isSource: false);
    }

    /// <summary>A frame for a group goes through the services of every machine that hears it, until one of them refuses it: from worker to worker, if they are of several.</summary>
    private void ToAll(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        for (int machine = NextListener(context); machine >= 0; machine = NextListener(context))
        {
            int worker = _places.WorkerOf(machine);
            if (worker != vector.Link.Index)
            {
                vector.HandOver(slot, worker, Id);
                return;
            }

            context.MachineProgress = machine + 1;
            if (!TrySettle(vector, slot, _machines[machine]))
            {
                return;
            }
        }

        PassOn(vector, slot);
    }

    /// <summary>The next machine that a frame for a group is to meet; -1 if it has met all.</summary>
    private int NextListener(in PacketContext context)
    {
        for (int machine = context.MachineProgress; machine < _places.Plan.Machines.Count; machine++)
        {
            if (_places.Hears(machine, context.Egress, context.Decision.Vlan))
            {
                return machine;
            }
        }

        return -1;
    }

    private bool TrySettle(PacketVector vector, ushort slot, Machine machine)
    {
        _burst[0] = slot;
        return Walk(vector, machine, 1) && Settle(vector, slot, machine, _results[0], 0);
    }

    private void Flush(PacketVector vector, int machine, ref int count)
    {
        int packets = count;
        count = 0;
        if (packets == 0)
        {
            return;
        }

        if (machine < 0)
        {
            foreach (ushort slot in _burst.AsSpan(0, packets))
            {
                PassOn(vector, slot);
            }

            return;
        }

        Machine served = _machines[machine];
        if (!Walk(vector, served, packets))
        {
            return;
        }

        for (int i = 0; i < packets; i++)
        {
            if (Settle(vector, _burst[i], served, _results[i], i))
            {
                PassOn(vector, _burst[i]);
            }
        }
    }

    /// <summary>Takes the burst through the services; false if the machine is another host's and the packets have found their end.</summary>
    private bool Walk(PacketVector vector, Machine machine, int packets)
    {
        ReadOnlySpan<ushort> burst = _burst.AsSpan(0, packets);
        ref PacketContext last = ref vector[burst[^1]];
        (ushort order, ushort ingress) = (last.Order, last.Ingress);
        machine.LastPort = _direction == ServiceDirection.FromMachine ? ingress : last.Egress;
        if (machine.State is MachineState.Claiming or MachineState.Standby or MachineState.Arriving or MachineState.Gone)
        {
            foreach (ushort slot in burst)
            {
                vector.Trace?.Note(Id, $"machine {machine.Plan.Name} is served by another host");
                Hold(vector, slot, machine);
            }

            return false;
        }

        var view = new VectorPackets(vector, burst);
        machine.Set.Process(ref view, _direction, _results, vector.Now);
        MachineOutbox.Send(vector, machine, order, ingress);
        return true;
    }

    /// <summary>Does what the services decided; true if the packet goes on.</summary>
    private bool Settle(PacketVector vector, ushort slot, Machine machine, in ServiceResult result, int place)
    {
        if (vector.Trace is TraceRecorder trace)
        {
            trace.Note(Id, MachineNotes.Describe(machine, _direction, result, place));
        }

        switch (result.Action)
        {
            case ServiceAction.Forward:
                return true;
            case ServiceAction.Consume:
                vector.Consume(slot);
                return false;
            case ServiceAction.Hold:
                Hold(vector, slot, machine);
                return false;
            default:
                vector.Drop(slot, ReasonOf(result.Reason));
                return false;
        }
    }

    /// <summary>Keeps a packet of a machine that is moving, or has moved, for who sends it after the machine.</summary>
    private void Hold(PacketVector vector, ushort slot, Machine machine)
    {
        if (machine.Departure is not Departure departure || !departure.Held.TryAdd(vector.Bytes(slot), _direction, (ushort)machine.LastPort))
        {
            vector.Drop(slot, DropReason.MachineElsewhere);
            return;
        }

        departure.HeldPackets++;
        vector.Ledger.Held++;
        vector.Trace?.Wait(Id, "while its machine moves");
        vector.Release(slot);
    }

    private void PassOn(PacketVector vector, ushort slot)
    {
        if (_direction == ServiceDirection.ToMachine)
        {
            vector.Send(slot, vector[slot].Egress);
            vector.Release(slot);
            return;
        }

        vector.Forward(slot, _next == StageId.Egress && vector[slot].IsForListeners ? StageId.Multicast : _next);
    }

    /// <summary>The reason behind what services say.</summary>
    internal static DropReason ReasonOf(ServiceReason reason) => reason switch
    {
        ServiceReason.InvalidState => DropReason.ServiceInvalidState,
        ServiceReason.RateExceeded => DropReason.ServiceRateExceeded,
        ServiceReason.NoResource => DropReason.ServiceNoResource,
        ServiceReason.Malformed => DropReason.ServiceMalformed,
        ServiceReason.FlowTableFull => DropReason.ServiceFlowsFull,
        ServiceReason.HalfOpenLimit => DropReason.ServiceHalfOpen,
        ServiceReason.FlowConflict => DropReason.ServiceFlowConflict,
        ServiceReason.FragmentUnknown => DropReason.ServiceFragmentUnknown,
        ServiceReason.ErrorUnknownFlow => DropReason.ServiceErrorUnknown,
        ServiceReason.ServiceQuarantined or ServiceReason.ServiceFault => DropReason.ServiceFailed,
        ServiceReason.ServiceUnavailable or ServiceReason.Misrouted => DropReason.ServiceUnavailable,
        ServiceReason.BudgetExceeded => DropReason.ServiceBudget,
        ServiceReason.TooLong => DropReason.ServiceTooLong,
        ServiceReason.Unprotected => DropReason.ServiceUnprotected,
        ServiceReason.Forged => DropReason.ServiceForged,
        _ => DropReason.ServicePolicy,
    };
}
