using Weft.Bridge;
using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <content>Who was heard, and what that says about the other node.</content>
internal sealed partial class BridgeNodeDriver
{
    private bool IsOwn(ReadOnlySpan<byte> message) => MacSyncView.TryParse(message, out MacSyncView view) && view.Header.Bridge == Plan.Id;

    private void HearPeer(Timestamp now)
    {
        _hosts.HearPeer(now);
        Node.HearPeer(now);
    }

    private void NoteTunnel(in PacketContext context, Timestamp now)
    {
        if (context.Peer != Peer)
        {
            _hosts.HearMember(context.Peer, now);
            Node.HearOverlay(now);
        }
        else
        {
            HearPeer(now);
            if (Node is { Forwards: true, IsAlone: true } && Plan.Segments.Contains(context.Segment))
            {
                Node.Suspect(now);
            }
        }

        Follow();
    }

    /// <summary>A machine of the overlay that speaks in the VLANs has moved there, or another bridge forwards what it says.</summary>
    private void NoteVlan(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        if (Node.VlanPath == BridgePathState.Up)
        {
            return;
        }

        ushort vlan = layout.VlanId == 0 ? Topology.Plan.Ports[Plan.Port].NativeVlan : layout.VlanId;
        MacAddress source = MacAddress.Read(frame[MacAddress.Length..]);
        if (Node.Table.Contains(vlan, source))
        {
            // Others may be machines of the overlay that the other node forwards for.
            Node.HearVlan(now);
        }
        else if (Node is { Forwards: true, IsAlone: true } && Plan.Segments.Contains(Topology.SegmentOfVlan(vlan)) && _bridge.Macs.TryLookup(vlan, source, now, out BridgeLocation where) && where.IsVtep && where.Index != Peer)
        {
            Node.Suspect(now);
            Follow();
        }
    }
}
