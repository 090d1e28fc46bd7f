using System.Buffers.Binary;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Host.Datapath.Groups;

/// <summary>Puts queries and reports of the switch into the graph. When slots or buffers run short, the graph sends what it has first.</summary>
internal readonly ref struct MulticastControlSink(MulticastPlaces places, PacketVector vector, SwitchGraph graph) : IControlSink
{
    private const int LeastRoom = 32;
    private const int AddressBytes = 2 * MacAddress.Length;

    public void Send(int segment, int port, ReadOnlySpan<byte> frame)
    {
        int number = places.Segments[segment];
        SegmentPlan plan = places.Topology.Plan.Segments[number];
        for (int local = 0; local < places.LocalPorts; local++)
        {
            PortPlan candidate = places.Topology.Plan.Ports[local];
            if ((port < 0 || port == local) && SwitchState.IsMember(candidate, plan.Vlan))
            {
                ToPort(local, candidate.NativeVlan == plan.Vlan ? (ushort)0 : plan.Vlan, frame);
            }
        }

        foreach (int peer in places.PeersOf(number))
        {
            if (port < 0 || port == places.OfPeer(peer))
            {
                ToPeer(number, peer, frame);
            }
        }
    }

    private void ToPort(int port, ushort vlan, ReadOnlySpan<byte> frame)
    {
        int tagBytes = vlan == 0 ? 0 : VlanTag.Length;
        if (!TryMake(port, frame.Length + tagBytes, out ushort slot))
        {
            return;
        }

        Span<byte> room = vector.Bytes(slot);
        frame[..AddressBytes].CopyTo(room);
        if (vlan != 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(room[AddressBytes..], ((uint)EtherType.VlanTag << 16) | vlan);
        }

        frame[AddressBytes..].CopyTo(room[(AddressBytes + tagBytes)..]);
        vector.Send(slot, port);
        vector.Release(slot);
    }

    private void ToPeer(int segment, int peer, ReadOnlySpan<byte> frame)
    {
        if (!TryMake(places.Topology.Plan.Vteps[places.Topology.Plan.Segments[segment].Vtep].Port, frame.Length, out ushort slot))
        {
            return;
        }

        frame.CopyTo(vector.Bytes(slot));
        ref PacketContext context = ref vector[slot];
        _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
        (context.Segment, context.Peer) = (segment, peer);
        vector.Forward(slot, StageId.Encap);
    }

    private bool TryMake(int port, int length, out ushort slot)
    {
        if (vector.FreeSlots < LeastRoom || vector.Pool.Available < LeastRoom)
        {
            graph.Run();
        }

        if (!vector.TryGenerate(order: 0, (ushort)port, out slot))
        {
            return false;
        }

        vector[slot].IsQuestion = true;
        return vector.Pool.TrySetLength(ref vector[slot].Packet, length);
    }
}
