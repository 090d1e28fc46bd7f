using Weft.Encap;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>Hands packets of routers to their next hops, keeps those whose next hop is not resolved yet, and speaks ARP and neighbour discovery for the routers.</summary>
internal sealed class RouterOutput
{
    private readonly Routers _routers;
    private readonly HeldFrames _held;
    private readonly int[] _firstHop;
    private bool _hasTakenOver;

    public RouterOutput(Routers routers, int heldCapacity)
    {
        _routers = routers;
        _firstHop = new int[routers.Locals.Length];
        int hops = 0;
        for (int local = 0; local < _firstHop.Length; local++)
        {
            _firstHop[local] = hops;
            hops += routers.Plan.Routers[routers.Interfaces[routers.Locals[local].Interface].Router].MaxNeighbors;
        }

        _held = new HeldFrames(heldCapacity, hops);
        Errors = new RouterErrors(routers, this);
    }

    /// <summary>Tells senders what went wrong.</summary>
    public RouterErrors Errors { get; }

    /// <summary>When <see cref="Advance"/> has something to do; the greatest timestamp if nothing is under way.</summary>
    public Timestamp NextDeadline
    {
        get
        {
            Timestamp next = _hasTakenOver ? Timestamp.Zero : Timestamp.MaxValue;
            foreach (LocalAddress local in _routers.Locals)
            {
                next = local.Neighbors.NextDeadline < next ? local.Neighbors.NextDeadline : next;
            }

            return next;
        }
    }

    /// <summary>Sends a packet by a route that forwards: at once, later, or never.</summary>
    /// <param name="vector">The vector under way.</param>
    /// <param name="slot">An untagged frame whose addresses are still to be written.</param>
    /// <param name="target">The route.</param>
    /// <param name="destination">Where the packet goes.</param>
    public void Send(PacketVector vector, ushort slot, RouteTarget target, VtepAddress destination)
    {
        int neighbor = target.Neighbor;
        if (neighbor < 0 && !TryTrack(vector, target.Local, destination, out neighbor))
        {
            vector.Trace?.Note(StageId.Route, $"no room to remember neighbour {destination}");
            vector.Drop(slot, DropReason.RouteNeighborsFull);
            return;
        }

        SendTo(vector, slot, target.Local, neighbor);
    }

    /// <summary>Sends a packet to a MAC address of an interface's segment.</summary>
    public void SendTo(PacketVector vector, ushort slot, int number, MacAddress mac)
    {
        ref PacketContext context = ref vector[slot];
        Span<byte> frame = vector.Bytes(slot);
        mac.Write(frame);
        _routers.Interfaces[number].Plan.Mac.Write(frame[MacAddress.Length..]);
        (context.Interface, context.Segment, context.Marks) = (number, -1, RouteMarks.None);
        vector.Trace?.Note(StageId.Route, $"out of {_routers.NameOf(number)} to {mac}");
        vector.Forward(slot, StageId.Bridge);
    }

    /// <summary>Offers ARP and neighbour discovery to the addresses of an interface; packets that waited for what it says go on.</summary>
    public NeighborReceipt Receive(PacketVector vector, ushort slot, int number)
    {
        ref PacketContext context = ref vector[slot];
        PacketLayout layout = context.Layout;
        // The segment is known; the tag has done its work.
        layout.OuterTci = 0;
        NeighborReceipt result = NeighborReceipt.NotMine;
        foreach (int local in _routers.LocalsOf(number))
        {
            var sink = new RouterSink(vector, number, context.Order, context.Ingress, asks: false);
            NeighborReceipt receipt = _routers.Locals[local].Neighbors.Receive(vector.Bytes(slot), layout, vector.Now, ref sink);
            // An answer outranks all else, and all else outranks silence.
            result = result == NeighborReceipt.NotMine || receipt == NeighborReceipt.Answered ? receipt : result;
        }

        if (_held.Count > 0 && result is NeighborReceipt.Answered or NeighborReceipt.Updated)
        {
            Settle(vector, context.Order);
        }

        return result;
    }

    /// <summary>Repeats questions, and gives up packets that waited in vain. Call it when <see cref="NextDeadline"/> has come.</summary>
    public void Advance(PacketVector vector)
    {
        _hasTakenOver = false;
        foreach (LocalAddress local in _routers.Locals)
        {
            var sink = new RouterSink(vector, local.Interface, order: 0, (ushort)_routers.Interfaces[local.Interface].Port, asks: true);
            local.Neighbors.Advance(vector.Now, ref sink);
        }

        Settle(vector, order: 0);
    }

    /// <summary>Goes on with the neighbours of the configuration before, and if buffers are the same with the packets that wait for them.</summary>
    public void CarryOver(RouterOutput old, NewNumbers numbers, bool keepsPackets)
    {
        int[] localOf = _routers.MatchLocals(old._routers, numbers);
        for (int before = 0; before < localOf.Length; before++)
        {
            if (localOf[before] >= 0)
            {
                _routers.Locals[localOf[before]].Neighbors.ContinueFrom(old._routers.Locals[before].Neighbors);
            }
        }

        for (int position = 0; keepsPackets && position < old._held.Count;)
        {
            HeldFrame frame = old._held.At(position);
            (int before, int neighbor) = old.Split(frame.Hop);
            if (localOf[before] is >= 0 and int local && numbers.Ports[frame.Ingress] is >= 0 and int ingress
                && _routers.Locals[local].Neighbors.TryFind(old._routers.Locals[before].Neighbors.Address(neighbor), out int found)
                && _held.TryHold(frame with { Hop = _firstHop[local] + found, Ingress = (ushort)ingress }))
            {
                _ = old._held.TakeAt(position);
                _hasTakenOver = true;
            }
            else
            {
                position++;
            }
        }
    }

    /// <summary>Drops all packets that wait: the switch stops, or gets another configuration.</summary>
    public void Stop(PacketVector vector)
    {
        while (_held.Count > 0)
        {
            HeldFrame frame = _held.TakeAt(0);
            vector.Ledger.Held--;
            vector.DropDetached(frame.Packet, frame.Ingress, DropReason.Stopping);
        }
    }

    private void SendTo(PacketVector vector, ushort slot, int local, int neighbor)
    {
        ref PacketContext context = ref vector[slot];
        LocalAddress from = _routers.Locals[local];
        context.Interface = from.Interface;
        var sink = new RouterSink(vector, from.Interface, context.Order, context.Ingress, asks: true);
        if (from.Neighbors.TryResolve(neighbor, vector.Now, ref sink, out MacAddress mac))
        {
            SendTo(vector, slot, from.Interface, mac);
        }
        else if (from.Neighbors.State(neighbor) == NeighborState.Failed)
        {
            Unanswered(vector, slot, from.Neighbors.Address(neighbor));
        }
        else
        {
            Hold(vector, slot, local, neighbor);
        }
    }

    private bool TryTrack(PacketVector vector, int local, VtepAddress destination, out int neighbor)
    {
        bool found = _routers.Locals[local].Neighbors.TryTrackPassing(destination, vector.Now, out neighbor, out bool displaced);
        if (displaced)
        {
            Abandon(vector, _firstHop[local] + neighbor);
        }

        return found;
    }

    private void Hold(PacketVector vector, ushort slot, int local, int neighbor)
    {
        ref PacketContext context = ref vector[slot];
        VtepAddress hop = _routers.Locals[local].Neighbors.Address(neighbor);
        if (!_held.TryHold(new HeldFrame(context.Packet, context.Layout, _firstHop[local] + neighbor, Segment: -1, context.Ingress)))
        {
            vector.Trace?.Note(StageId.Route, $"too many packets wait for {hop} already");
            vector.Drop(slot, DropReason.RouteQueueFull);
            return;
        }

        vector.Trace?.Wait(StageId.Route, $"for the MAC address of {hop}");
        vector.Ledger.Held++;
        _ = vector.Detach(slot);
    }

    private void Unanswered(PacketVector vector, ushort slot, VtepAddress hop)
    {
        vector.Trace?.Note(StageId.Route, $"{hop} did not answer");
        Errors.Send(vector, slot, RouteError.HostUnreachable);
        vector.Drop(slot, DropReason.RouteUnresolved);
    }

    /// <summary>Lets go of packets whose next hop is known now, or known to be absent.</summary>
    private void Settle(PacketVector vector, ushort order)
    {
        // An error about a packet that waited in vain takes a slot, too.
        for (int position = 0; position < _held.Count && vector.FreeSlots > 1;)
        {
            (int local, int neighbor) = Split(_held.HopAt(position));
            LocalAddress from = _routers.Locals[local];
            if (from.Neighbors.State(neighbor) is NeighborState.Incomplete or NeighborState.Idle)
            {
                position++;
                continue;
            }

            HeldFrame frame = _held.TakeAt(position);
            vector.Ledger.Held--;
            _ = vector.TryAttach(frame.Packet, order, frame.Ingress, out ushort slot);
            vector[slot].Layout = frame.Layout;
            SendTo(vector, slot, local, neighbor);
        }
    }

    /// <summary>Drops what waits for a neighbour that made room for another one.</summary>
    private void Abandon(PacketVector vector, int hop)
    {
        for (int position = 0; position < _held.Count;)
        {
            if (_held.HopAt(position) != hop)
            {
                position++;
                continue;
            }

            HeldFrame frame = _held.TakeAt(position);
            vector.Ledger.Held--;
            vector.DropDetached(frame.Packet, frame.Ingress, DropReason.RouteUnresolved);
        }
    }

    private (int Local, int Neighbor) Split(int hop)
    {
        int found = Array.BinarySearch(_firstHop, hop);
        int local = found >= 0 ? found : ~found - 1;
        return (local, hop - _firstHop[local]);
    }
}
