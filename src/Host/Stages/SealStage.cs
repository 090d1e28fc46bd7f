using System.Buffers.Binary;
using Weft.Encap;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Seals the tunnel packets to protected peers, each flow with one of the peer's associations.</summary>
internal sealed class SealStage(SwitchTopology topology, SecurityAssociations security) : IGraphStage
{
    // 2^32 divided by the golden ratio (Knuth, volume 3, section 6.4): spreads the few ports over all hash values.
    private const uint Spread = 0x9E37_79B1;

    public StageId Id => StageId.Seal;

    public StagePlacement Placement => StagePlacement.Anywhere;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            Seal(vector, slot);
        }
    }

    private void Seal(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        _ = PacketLayout.TryParse(vector.Bytes(slot), out PacketLayout layout);
        PeerSecurity peer = security.Of(context.Peer)!;
        // The tunnel's source port is a keyed hash of the inner flow, and the same for all fragments of a frame.
        uint flow = BinaryPrimitives.ReadUInt16BigEndian(vector.Bytes(slot)[layout.L4Offset..]) * Spread;
        if (peer.SetOf(vector.Link.Index) is not SaSet set)
        {
            // Fewer associations than workers: the flow is sealed by one that has some.
            vector.HandOver(slot, peer.WorkerOf(flow), Id);
            return;
        }

        EspOutboundSa sa = set.SelectByFlow(flow);
        EspStatus status = EspSealer.SealTransport(sa, vector.Pool.Room(context.Packet), ref context.Packet.Offset, ref context.Packet.Length, layout);
        if (status == EspStatus.SequenceExhausted && peer.TryRenew(sa))
        {
            status = EspSealer.SealTransport(sa, vector.Pool.Room(context.Packet), ref context.Packet.Offset, ref context.Packet.Length, layout);
        }

        if (vector.Trace is not null)
        {
            vector.Trace.Note(Id, Describe(peer, sa, status, context.Packet.Length));
        }

        if (status != EspStatus.Ok)
        {
            vector.Drop(slot, status is EspStatus.SequenceExhausted or EspStatus.LifetimeExpired ? DropReason.EspExpired : DropReason.TunnelMtuExceeded);
            return;
        }

        vector.Send(slot, topology.Plan.Vteps[topology.Peers[context.Peer].Vtep].Port);
        vector.Release(slot);
    }

    private static string Describe(PeerSecurity peer, EspOutboundSa sa, EspStatus status, int length)
    {
        int? queue = peer.Outbound.First(association => ReferenceEquals(association.Sa, sa)).Queue;
        string port = sa.Udp is { } ports ? $", source port {ports.Source}" : "";
        string aim = queue is int wanted ? $" for queue {wanted}" : "";
        return status == EspStatus.Ok ? $"SPI 0x{sa.Spi:x8}{port}{aim}: sealed to {length} bytes" : $"SPI 0x{sa.Spi:x8}: not sealed, {status}";
    }
}
