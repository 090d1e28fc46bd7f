using Weft.Encap;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Underlay;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Stages;

/// <summary>Puts frames into tunnels; frames whose next hop is unknown wait for it.</summary>
internal sealed class EncapStage : IGraphStage
{
    private readonly SwitchTopology _topology;
    private readonly UnderlayNeighbors _neighbors;
    private readonly TunnelEncapsulator[] _encapsulators;
    private readonly TunnelPeer[] _peers;

    public EncapStage(SwitchTopology topology, IReadOnlyList<VtepOptions> vteps, UnderlayNeighbors neighbors)
    {
        (_topology, _neighbors) = (topology, neighbors);
        _encapsulators = [.. vteps.Select(options => new TunnelEncapsulator(options))];
        _peers = [.. topology.Peers.Select(peer => _encapsulators[peer.Vtep].CreatePeer(VtepOptionsFactory.AddressOf(peer.Address)))];
    }

    public StageId Id => StageId.Encap;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            if (_neighbors.TryResolve(vector, slot, out MacAddress nextHop))
            {
                Encapsulate(vector, slot, nextHop);
            }
            else
            {
                _neighbors.Hold(vector, slot);
            }
        }
    }

    private void Encapsulate(PacketVector vector, ushort slot, MacAddress nextHop)
    {
        ref PacketContext context = ref vector[slot];
        RemoteEndpoint remote = _topology.Peers[context.Peer];
        TunnelPeer peer = _peers[context.Peer];
        if (peer.NextHop != nextHop)
        {
            peer.SetNextHop(nextHop);
        }

        uint vni = _topology.Plan.Segments[context.Segment].Vni!.Value;
        Span<byte> inner = vector.Bytes(slot);
        // The worker's pool keeps more headroom than tag and outer headers need together.
        Span<byte> header = vector.Pool.Room(context.Packet).Slice(context.Packet.Offset - peer.HeaderBytes, peer.HeaderBytes);
        EncapVerdict verdict = _encapsulators[remote.Vtep].WriteHeader(header, inner, context.Layout, peer, vni);
        vector.Trace?.Note(Id, $"VNI {vni} to {remote.Address} by {peer.NextHop}: {inner.Length} bytes become {inner.Length + header.Length}");
        if (verdict != EncapVerdict.Encapsulated)
        {
            vector.Drop(slot, verdict == EncapVerdict.TooBig ? DropReason.TunnelMtuExceeded : DropReason.NeighborUnresolved);
            return;
        }

        _ = PacketPool.TryPrepend(ref context.Packet, peer.HeaderBytes);
        vector.Send(slot, _topology.Plan.Vteps[remote.Vtep].Port);
        vector.Release(slot);
    }
}
