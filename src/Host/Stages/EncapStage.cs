using Weft.Bridge;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Datapath.Workers;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Stages;

/// <summary>Puts frames into tunnels; frames whose next hop is unknown wait for it.</summary>
internal sealed partial class EncapStage : IGraphStage, ISuperframeStage
{
    private readonly SwitchTopology _topology;
    private readonly UnderlayNeighbors _neighbors;
    private readonly SecurityAssociations _security;
    private readonly TunnelEncapsulator[] _encapsulators;
    private readonly TunnelFragmenter?[] _fragmenters;
    private readonly TunnelPeer[] _peers;
    private readonly PacketTooBigResponder _tooBig;
    private readonly IPort?[] _ports;

    /// <param name="topology">What was configured.</param>
    /// <param name="tunnels">What writes outer headers.</param>
    /// <param name="neighbors">Who knows next hops.</param>
    /// <param name="security">Which peers are protected.</param>
    /// <param name="ports">The ports that this worker sends through; null for those of another worker.</param>
    public EncapStage(SwitchTopology topology, TunnelEngines tunnels, UnderlayNeighbors neighbors, SecurityAssociations security, IPort?[] ports)
    {
        (_security, _ports) = (security, ports);
        (_topology, _neighbors) = (topology, neighbors);
        (_encapsulators, _fragmenters, _peers, _tooBig) = (tunnels.Encapsulators, tunnels.Fragmenters, tunnels.Peers, tunnels.TooBig);
    }

    public StageId Id => StageId.Encap;

    public StagePlacement Placement => StagePlacement.Anywhere;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            ushort slot = slots[i];
            if (!_neighbors.TryResolve(vector, slot, out MacAddress nextHop))
            {
                _neighbors.Hold(vector, slot);
            }
            else if (!TrySend(vector, slot, nextHop))
            {
                // What waits to be sent gives its buffers back.
                vector.PutBack(Id, slots[i..]);
                return;
            }
        }
    }

    /// <summary>Sends a frame as one packet or many. False if it has to wait for buffers.</summary>
    private bool TrySend(PacketVector vector, ushort slot, MacAddress nextHop)
    {
        RemoteEndpoint remote = _topology.Peers[vector[slot].Peer];
        TunnelPeer peer = _peers[vector[slot].Peer];
        if (peer.NextHop != nextHop)
        {
            peer.SetNextHop(nextHop);
        }

        if (vector.Pool.IsSuperframe(vector[slot].Packet))
        {
            return TryEncapsulateWhole(vector, slot, remote, peer);
        }

        if (vector.Bytes(slot).Length > peer.MaxInnerBytes && _fragmenters[remote.Vtep] is TunnelFragmenter fragmenter)
        {
            return TryFragment(vector, slot, remote, peer, fragmenter);
        }

        Encapsulate(vector, slot, remote, peer);
        return true;
    }

    private bool TryFragment(PacketVector vector, ushort slot, RemoteEndpoint remote, TunnelPeer peer, TunnelFragmenter fragmenter)
    {
        uint vni = _topology.Plan.Segments[vector[slot].Segment].Vni!.Value;
        ReadOnlySpan<byte> inner = vector.Bytes(slot);
        int most = fragmenter.PacketsOf(inner.Length, peer);
        if (Math.Min(vector.FreeSlots, vector.Pool.Available) < most)
        {
            if (vector.WaitingToSend > 0 || vector.Waiting(StageId.Seal) > 0)
            {
                return false;
            }

            vector.Drop(slot, DropReason.PoolExhausted);
            return true;
        }

        if (fragmenter.TryPlan(inner, vector[slot].Layout, peer, vni, out TunnelFragments fragments) != EncapVerdict.Encapsulated)
        {
            vector.Trace?.Note(Id, $"VNI {vni} to {remote.Address}: {inner.Length} bytes are more than is cut");
            vector.Drop(slot, DropReason.TunnelMtuExceeded);
            return true;
        }

        vector.Trace?.Note(Id, $"VNI {vni} to {remote.Address} by {peer.NextHop}: {inner.Length} bytes are cut into {fragments.Plan.Count} fragments of datagram {fragments.DatagramId:x8}, {fragments.Plan.Payload} bytes each");
        vector.Ledger.Traffic.Sent(vector[slot].Peer).Add(inner.Length);
        var sink = new FragmentSink(vector, _topology.Plan.Vteps[remote.Vtep].Port, slot, isSealed: _security.Of(vector[slot].Peer) is not null);
        _ = fragmenter.Write(fragments, inner, ref sink);
        vector.Consume(slot);
        return true;
    }

    private void Encapsulate(PacketVector vector, ushort slot, RemoteEndpoint remote, TunnelPeer peer)
    {
        ref PacketContext context = ref vector[slot];
        bool isControl = context.Segment < 0;
        uint vni = isControl ? context.ManagementVni : _topology.Plan.Segments[context.Segment].Vni!.Value;
        Span<byte> inner = vector.Bytes(slot);
        // The worker's pool keeps more headroom than tag and outer headers need together.
        Span<byte> header = vector.Pool.Room(context.Packet).Slice(context.Packet.Offset - peer.HeaderBytes, peer.HeaderBytes);
        TunnelEncapsulator encapsulator = _encapsulators[remote.Vtep];
        EncapVerdict verdict = isControl
            ? encapsulator.WriteControlHeader(header, inner, context.Layout, peer, vni)
            : encapsulator.WriteHeader(header, inner, context.Layout, peer, vni);
        vector.Trace?.Note(Id, $"VNI {vni} to {remote.Address} by {peer.NextHop}: {inner.Length} bytes become {inner.Length + header.Length}");
        if (verdict != EncapVerdict.Encapsulated)
        {
            if (verdict == EncapVerdict.TooBig && _topology.Plan.Vteps[remote.Vtep].Fragmentation.Policy == FragmentationPolicy.Signal)
            {
                Signal(vector, slot, peer);
            }

            vector.Drop(slot, verdict == EncapVerdict.TooBig ? DropReason.TunnelMtuExceeded : DropReason.NeighborUnresolved);
            return;
        }

        if (!isControl)
        {
            vector.Ledger.Traffic.Sent(context.Peer).Add(inner.Length);
        }

        _ = PacketPool.TryPrepend(ref context.Packet, peer.HeaderBytes);
        if (_security.Of(context.Peer) is not null)
        {
            vector.Forward(slot, StageId.Seal);
            return;
        }

        vector.Send(slot, _topology.Plan.Vteps[remote.Vtep].Port);
        vector.Release(slot);
    }

    /// <summary>
    /// Tells the sender which length fits, as if the answer came out of the tunnel: so the bridge finds the way back. Only where the
    /// destination is known to be behind the peer, or the bridge would learn from the answer what is not so.
    /// </summary>
    private void Signal(PacketVector vector, ushort slot, TunnelPeer peer)
    {
        ref PacketContext cause = ref vector[slot];
        if (cause.Decision.Action != BridgeAction.Forward)
        {
            return;
        }

        Span<byte> answer = stackalloc byte[PacketTooBigResponder.MaxAnswerBytes];
        int mtu = peer.MaxInnerBytes - cause.Layout.L3Offset;
        int length = _tooBig.Write(vector.Bytes(slot), cause.Layout, mtu, vector.Now, answer);
        if (length == 0 || !vector.TryGenerate(cause.Order, cause.Ingress, out ushort made))
        {
            return;
        }

        ref PacketContext context = ref vector[made];
        _ = vector.Pool.TrySetLength(ref context.Packet, length);
        answer[..length].CopyTo(vector.Bytes(made));
        _ = PacketLayout.TryParse(vector.Bytes(made), out context.Layout);
        (context.Segment, context.Peer) = (cause.Segment, cause.Peer);
        vector.Trace?.Note(Id, $"tells the sender that packets of {mtu} bytes fit");
        vector.Forward(made, StageId.Bridge);
    }
}
