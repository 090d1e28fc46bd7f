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
        if (TryMake(driver.UnderlayPort, UnderlayDatagram.MaxOverhead + message.Length, out ushort slot) && driver.TryAddress(vector, slot, driver.Peer, out MacAddress nextHop))
        {
            int length = UnderlayDatagram.Write(vector.Bytes(slot), nextHop, driver.Vtep, driver.Plan.Peer, driver.Plan.SyncPort, message);
            Send(slot, length, driver.UnderlayPort);
        }
    }

    /// <summary>A request goes to every peer of the segment but the other node, whose addresses it is about.</summary>
    public void ToHosts(ReadOnlySpan<byte> message)
    {
        if (!HostFlush.TryParse(message, out HostFlush request) || driver.Topology.SegmentOf(driver.Plan.Vtep, request.Vni) is not (>= 0 and int segment))
        {
            return;
        }

        foreach (TunnelAddress host in driver.Topology.Plan.Segments[segment].Peers)
        {
            int peer = driver.Topology.PeerOf(driver.Plan.Vtep, host);
            if (peer != driver.Peer && TryMake(driver.UnderlayPort, UnderlayDatagram.MaxOverhead + message.Length, out ushort slot) && driver.TryAddress(vector, slot, peer, out MacAddress nextHop))
            {
                int length = UnderlayDatagram.Write(vector.Bytes(slot), nextHop, driver.Vtep, host, driver.Plan.HostPort, message);
                Send(slot, length, driver.UnderlayPort);
            }
        }
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

    /// <summary>Hands a session's packet to the other node, inside the tunnel if it is to be there.</summary>
    public void ToPeer(Bfd.BfdPath path, in BfdControlPacket packet)
    {
        if (!TryMake(driver.UnderlayPort, Bfd.BfdPath.MaxFrameLength, out ushort slot) || !driver.TryAddress(vector, slot, driver.Peer, out MacAddress nextHop))
        {
            return;
        }

        Span<byte> frame = vector.Bytes(slot);
        int length = path.Write(frame, packet);
        if (driver.Plan.BfdEncapsulation == BfdEncapsulation.Underlay)
        {
            nextHop.Write(frame);
            Send(slot, length, driver.UnderlayPort);
            return;
        }

        ref PacketContext context = ref vector[slot];
        _ = vector.Pool.TrySetLength(ref context.Packet, length);
        _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
        (context.Segment, context.ManagementVni) = (-1, driver.Plan.ManagementVni);
        vector.Forward(slot, StageId.Encap);
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
