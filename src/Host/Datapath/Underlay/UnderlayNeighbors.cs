using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath.Workers;
using Weft.Host.Stages;
using Weft.Packets;

namespace Weft.Host.Datapath.Underlay;

/// <summary>
/// The next hops of all tunnel endpoints, peers on the own link and gateways to the others, and the frames that wait for them.
/// </summary>
internal sealed class UnderlayNeighbors
{
    private readonly SwitchTopology _topology;
    private readonly NeighborResolver[] _resolvers;
    private readonly int[] _hopOfPeer;
    private readonly HeldFrames _held;
    private bool _hasTakenOver;

    public UnderlayNeighbors(SwitchTopology topology, int heldCapacity)
    {
        _topology = topology;
        _held = new HeldFrames(heldCapacity, topology.Peers.Count);
        _resolvers =
        [
            .. topology.Plan.Vteps.Select(vtep => new NeighborResolver(new NeighborResolverOptions
            {
                Address = VtepOptionsFactory.AddressOf(vtep.Address),
                Mac = vtep.Mac,
                Capacity = Math.Max(1, topology.Peers.Count),
            })),
        ];
        _hopOfPeer = [.. topology.Peers.Select(Track)];
    }

    /// <summary>The resolver of each tunnel endpoint.</summary>
    public IReadOnlyList<NeighborResolver> Resolvers => _resolvers;

    /// <summary>When <see cref="Advance"/> has something to do; the greatest timestamp if nothing is under way.</summary>
    public Timestamp NextDeadline
    {
        get
        {
            Timestamp next = _hasTakenOver ? Timestamp.Zero : Timestamp.MaxValue;
            foreach (NeighborResolver resolver in _resolvers)
            {
                next = resolver.NextDeadline < next ? resolver.NextDeadline : next;
            }

            return next;
        }
    }

    /// <summary>The address of a peer's next hop.</summary>
    public VtepAddress HopOf(int peer) => ResolverOf(peer).Address(_hopOfPeer[peer]);

    /// <summary>True if the MAC address of a peer's next hop is there, so that nothing has to wait for it.</summary>
    public bool IsKnown(int peer) => StateTowards(peer) is NeighborState.Reachable or NeighborState.Stale or NeighborState.Probe or NeighborState.Static;

    /// <summary>The MAC address of a peer's next hop, asking for it if that is due.</summary>
    public bool TryResolve(PacketVector vector, ushort slot, out MacAddress mac)
    {
        ref PacketContext context = ref vector[slot];
        int vtep = _topology.Peers[context.Peer].Vtep;
        var sink = new UnderlaySink(vector, _topology.Plan.Vteps[vtep].Port, context.Order, context.Ingress, asks: true);
        return _resolvers[vtep].TryResolve(_hopOfPeer[context.Peer], vector.Now, ref sink, out mac);
    }

    /// <summary>The MAC address of a peer's next hop for a packet of the switch's own, asking for it if that is due.</summary>
    public bool TryResolve(PacketVector vector, int peer, out MacAddress mac)
    {
        int port = _topology.Plan.Vteps[_topology.Peers[peer].Vtep].Port;
        var sink = new UnderlaySink(vector, port, order: 0, (ushort)port, asks: true);
        return ResolverOf(peer).TryResolve(_hopOfPeer[peer], vector.Now, ref sink, out mac);
    }

    /// <summary>Asks for a peer's next hop if that is due, though nothing is to be sent to it yet.</summary>
    public void KeepKnown(PacketVector vector, int peer)
    {
        int vtep = _topology.Peers[peer].Vtep;
        int port = _topology.Plan.Vteps[vtep].Port;
        var sink = new UnderlaySink(vector, port, order: 0, (ushort)port, asks: true);
        _ = _resolvers[vtep].TryResolve(_hopOfPeer[peer], vector.Now, ref sink, out _);
    }

    /// <summary>Asks a peer's next hop whether it is there, whatever is known of it.</summary>
    public void Ask(PacketVector vector, int peer)
    {
        int vtep = _topology.Peers[peer].Vtep;
        int port = _topology.Plan.Vteps[vtep].Port;
        var sink = new UnderlaySink(vector, port, order: 0, (ushort)port, asks: true);
        _resolvers[vtep].Ask(_hopOfPeer[peer], ref sink);
    }

    /// <summary>Keeps a packet until its next hop is known, or drops it.</summary>
    public void Hold(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        if (StateTowards(context.Peer) == NeighborState.Failed)
        {
            vector.Trace?.Note(StageId.Encap, $"next hop {HopOf(context.Peer)} did not answer lately");
            vector.Drop(slot, DropReason.NeighborUnresolved);
        }
        else if (!_held.TryHold(new HeldFrame(context.Packet, context.Layout, context.Peer, context.Segment, context.Ingress)))
        {
            vector.Trace?.Note(StageId.Encap, $"too many frames wait for {HopOf(context.Peer)} already");
            vector.Drop(slot, DropReason.NeighborQueueFull);
        }
        else
        {
            vector.Trace?.Wait(StageId.Encap, $"for the MAC address of next hop {HopOf(context.Peer)}");
            vector.Ledger.Held++;
            _ = vector.Detach(slot);
        }
    }

    /// <summary>Offers a frame from the underlay to the resolver of an endpoint; frames that waited for what it says go on.</summary>
    public NeighborReceipt Receive(PacketVector vector, ushort slot, int vtep)
    {
        ref PacketContext context = ref vector[slot];
        var sink = new UnderlaySink(vector, context.Ingress, context.Order, context.Ingress, asks: false, isMute: context.IsReplica);
        NeighborReceipt receipt = _resolvers[vtep].Receive(vector.Bytes(slot), context.Layout, vector.Now, ref sink);
        if (_held.Count > 0 && receipt is NeighborReceipt.Answered or NeighborReceipt.Updated)
        {
            Settle(vector, context.Order);
        }

        return receipt;
    }

    /// <summary>Repeats questions, and drops frames that waited in vain. Call it when <see cref="NextDeadline"/> has come.</summary>
    public void Advance(PacketVector vector)
    {
        _hasTakenOver = false;
        for (int vtep = 0; vtep < _resolvers.Length; vtep++)
        {
            int port = _topology.Plan.Vteps[vtep].Port;
            var sink = new UnderlaySink(vector, port, order: 0, (ushort)port, asks: true);
            _resolvers[vtep].Advance(vector.Now, ref sink);
        }

        Settle(vector, order: 0);
    }

    /// <summary>Drops all frames that wait: the switch stops, or gets another configuration.</summary>
    public void Stop(PacketVector vector)
    {
        while (_held.Count > 0)
        {
            Drop(vector, _held.TakeAt(0), DropReason.Stopping);
        }
    }

    /// <summary>Goes on with what was known of next hops in the configuration before, and if buffers are the same with the frames that wait for them.</summary>
    public void CarryOver(UnderlayNeighbors old, NewNumbers numbers, bool keepsFrames)
    {
        for (int before = 0; before < old._resolvers.Length; before++)
        {
            if (numbers.Vteps[before] is >= 0 and int vtep && old._topology.Plan.Vteps[before].Address.IsIPv6 == _topology.Plan.Vteps[vtep].Address.IsIPv6)
            {
                _resolvers[vtep].ContinueFrom(old._resolvers[before]);
            }
        }

        for (int position = 0; keepsFrames && position < old._held.Count;)
        {
            HeldFrame frame = old._held.At(position);
            (int peer, int segment, int ingress) = (numbers.Peers[frame.Hop], numbers.Segments[frame.Segment], numbers.Ports[frame.Ingress]);
            if (peer >= 0 && segment >= 0 && ingress >= 0 && _topology.IsMember(segment, peer) && _held.TryHold(frame with { Hop = peer, Segment = segment, Ingress = (ushort)ingress }))
            {
                _ = old._held.TakeAt(position);
                _hasTakenOver = true;
            }
            else
            {
                // Its way is gone: it ends with the configuration before.
                position++;
            }
        }
    }

    /// <summary>The number of a next hop that is tracked, -1 if it is not.</summary>
    public int Find(int vtep, VtepAddress hop) => _resolvers[vtep].TryFind(hop, out int neighbor) ? neighbor : -1;

    /// <summary>Lets go of frames whose next hop is known now, or known to be absent.</summary>
    private void Settle(PacketVector vector, ushort order)
    {
        int position = 0;
        while (position < _held.Count && vector.FreeSlots > 0)
        {
            switch (StateTowards(_held.HopAt(position)))
            {
                case NeighborState.Incomplete or NeighborState.Idle:
                    position++;
                    break;
                case NeighborState.Failed:
                    Drop(vector, _held.TakeAt(position), DropReason.NeighborUnresolved);
                    break;
                default:
                    Resume(vector, _held.TakeAt(position), order);
                    break;
            }
        }
    }

    private static void Resume(PacketVector vector, in HeldFrame frame, ushort order)
    {
        _ = vector.TryAttach(frame.Packet, order, frame.Ingress, out ushort slot);
        ref PacketContext context = ref vector[slot];
        (context.Layout, context.Peer, context.Segment) = (frame.Layout, frame.Hop, frame.Segment);
        vector.Ledger.Held--;
        vector.Forward(slot, StageId.Encap);
    }

    private static void Drop(PacketVector vector, in HeldFrame frame, DropReason reason)
    {
        vector.Ledger.Held--;
        vector.DropDetached(frame.Packet, frame.Ingress, reason);
    }

    private int Track(RemoteEndpoint peer)
    {
        VtepPlan vtep = _topology.Plan.Vteps[peer.Vtep];
        TunnelAddress hop = OnLinkPrefix.Contains(vtep, peer.Address) ? peer.Address : vtep.Gateway ?? peer.Address;
        int neighbor = _resolvers[peer.Vtep].Track(VtepOptionsFactory.AddressOf(hop));
        if (vtep.StaticNeighbors.TryGetValue(hop, out MacAddress mac))
        {
            _resolvers[peer.Vtep].SetStatic(neighbor, mac);
        }

        return neighbor;
    }

    private NeighborResolver ResolverOf(int peer) => _resolvers[_topology.Peers[peer].Vtep];

    private NeighborState StateTowards(int peer) => ResolverOf(peer).State(_hopOfPeer[peer]);
}
