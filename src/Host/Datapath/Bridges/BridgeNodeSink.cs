using Weft.Bridge;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <summary>Puts what a bridge node sends into the graph. When slots or buffers run short, the graph sends what it has first.</summary>
internal readonly ref struct BridgeNodeSink(BridgeNodeDriver driver, PacketVector vector, SwitchGraph graph) : IBridgeNodeSink
{
    private const int LeastRoom = 32;

    public void ToPeer(ReadOnlySpan<byte> message)
    {
        if (TryMake(driver.UnderlayPort, UnderlayDatagram.MaxOverhead + message.Length, out ushort slot) && driver.TryAddress(vector, slot, out MacAddress nextHop))
        {
            int length = UnderlayDatagram.Write(vector.Bytes(slot), nextHop, driver.Vtep, driver.Plan.Peer, driver.Plan.SyncPort, message);
            Send(slot, length, driver.UnderlayPort);
        }
    }

    /// <summary>Hosts are told by announcements alone.</summary>
    public void ToHosts(ReadOnlySpan<byte> message)
    {
    }

    public void ToVlan(ushort vlan, ReadOnlySpan<byte> frame)
    {
        if (TryMake(driver.Plan.Port, frame.Length, out ushort slot))
        {
            frame.CopyTo(vector.Bytes(slot));
            Send(slot, frame.Length, driver.Plan.Port);
        }
    }

    public void ToOverlay(ushort vlan, ReadOnlySpan<byte> frame)
    {
        int segment = driver.Topology.SegmentOfVlan(vlan);
        SegmentPlan plan = driver.Topology.Plan.Segments[segment];
        foreach (TunnelAddress peer in plan.Peers)
        {
            if (!TryMake(driver.Plan.Port, frame.Length, out ushort slot))
            {
                return;
            }

            frame.CopyTo(vector.Bytes(slot));
            ref PacketContext context = ref vector[slot];
            _ = vector.Pool.TrySetLength(ref context.Packet, frame.Length);
            _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
            (context.Segment, context.Peer) = (segment, driver.Topology.PeerOf(plan.Vtep, peer));
            vector.Forward(slot, StageId.Encap);
        }
    }

    /// <summary>Hands a session's packet to the other node.</summary>
    public void ToPeer(Bfd.BfdPath path, in BfdControlPacket packet)
    {
        if (TryMake(driver.UnderlayPort, Bfd.BfdPath.MaxFrameLength, out ushort slot) && driver.TryAddress(vector, slot, out MacAddress nextHop))
        {
            Span<byte> frame = vector.Bytes(slot);
            int length = path.Write(frame, packet);
            nextHop.Write(frame);
            Send(slot, length, driver.UnderlayPort);
        }
    }

    private void Send(ushort slot, int length, int port)
    {
        _ = vector.Pool.TrySetLength(ref vector[slot].Packet, length);
        vector.Send(slot, port);
        vector.Release(slot);
    }

    private bool TryMake(int port, int length, out ushort slot)
    {
        if (vector.FreeSlots < LeastRoom || vector.Pool.Available < LeastRoom)
        {
            graph.Run();
        }

        return vector.TryGenerate(order: 0, (ushort)port, out slot) && vector.Pool.TrySetLength(ref vector[slot].Packet, length);
    }
}
