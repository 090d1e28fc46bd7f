using Weft.Bridge;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Groups;
using Weft.Host.Datapath.Machines;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Puts the replicas of one frame into the graph. Ports whose replicas have the same bytes share one buffer, which is the original's if nothing was
/// changed, since sending leaves it untouched. A tunnel needs a buffer of its own; the last one takes the original if nobody else uses it.
/// </summary>
internal struct ReplicaSink(PacketVector vector, ushort original, MulticastPlaces places, MachinePlaces machines, SwitchGraph graph) : IReplicaSink
{
    /// <summary>Forms that are remembered at a time: those of a segment with and without tag, and of one more.</summary>
    private const int MaxForms = 4;

    private const int None = -1;

    private FormList _forms;
    private int _formCount;
    private ushort _made;
    private int _tunnel = None;
    private int _tunnelSegment;

    public static bool Shares => true;

    /// <summary>Replicas so far, lost ones included.</summary>
    public int Count { get; private set; }

    public bool TryShare(in ReplicaTarget target)
    {
        if (places.IsPeer(target.Port))
        {
            // The first unchanged one waits until it is known whether the original is free.
            if (target.Form != ReplicaTarget.Unchanged || _tunnel != None)
            {
                return false;
            }

            (_tunnel, _tunnelSegment) = (target.Port, target.Segment);
            CountOne();
            return true;
        }

        if (machines.IsGuarded(target.Port))
        {
            // Services may change it.
            return false;
        }

        if (target.Form == ReplicaTarget.Unchanged)
        {
            CountOne();
            Send(original, target.Port);
            return true;
        }

        for (int at = 0; at < _formCount; at++)
        {
            if (_forms[at].Form == target.Form)
            {
                CountOne();
                Send(_forms[at].Slot, target.Port);
                return true;
            }
        }

        return false;
    }

    public bool TryBegin(in ReplicaTarget target, int headBytes, int payloadBytes, out Span<byte> room)
    {
        CountOne();
        room = [];
        int length = headBytes + payloadBytes;
        if (!vector.TryDerive(original, length, out _made))
        {
            // What waits to be sent gives its buffers back, those of earlier replicas among them.
            graph.Drain(StageId.Multicast);
            _formCount = 0;
            if (!vector.TryDerive(original, length, out _made))
            {
                vector.DropCopy(original, DropReason.PoolExhausted);
                return false;
            }
        }

        room = vector.Bytes(_made);
        return true;
    }

    public void Commit(in ReplicaTarget target, int written, ReadOnlySpan<byte> payload)
    {
        Pad();
        if (places.IsPeer(target.Port))
        {
            ToTunnel(_made, target.Port, target.Segment);
            return;
        }

        if (machines.IsGuarded(target.Port))
        {
            ToMachine(_made, target.Port, target.Segment);
            return;
        }

        vector.MarkSendOnly(_made);
        Send(_made, target.Port);
        if (_formCount < MaxForms)
        {
            _forms[_formCount++] = new FormSlot(target.Form, _made);
        }
    }

    /// <summary>Ends the frame: after it, the original belongs to those who still send it.</summary>
    public void Finish()
    {
        if (_tunnel == None)
        {
            vector.Release(original);
            return;
        }

        if (vector[original].PendingSends == 0)
        {
            ToTunnel(original, _tunnel, _tunnelSegment);
            return;
        }

        if (!vector.TryClone(original, out ushort copy))
        {
            graph.Drain(StageId.Multicast);
            if (!vector.TryClone(original, out copy))
            {
                vector.DropCopy(original, DropReason.PoolExhausted);
                vector.Release(original);
                return;
            }
        }

        ToTunnel(copy, _tunnel, _tunnelSegment);
        vector.Release(original);
    }

    private readonly void Send(ushort slot, int port)
    {
        vector.Trace?.Note(StageId.Multicast, $"replica to {places.NameOf(port)}{(slot == original ? "" : ", changed")}");
        vector.Send(slot, port);
    }

    private readonly void ToMachine(ushort slot, int port, int segment)
    {
        vector.Trace?.Note(StageId.Multicast, $"replica to {places.NameOf(port)}");
        ref PacketContext context = ref vector[slot];
        context.Egress = (ushort)port;
        context.Decision = context.Decision with { Vlan = places.Topology.Plan.Segments[places.Segments[segment]].Vlan };
        _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
        vector.Forward(slot, StageId.Deliver);
    }

    private readonly void ToTunnel(ushort slot, int place, int segment)
    {
        vector.Trace?.Note(StageId.Multicast, $"replica to {places.NameOf(place)}");
        ref PacketContext context = ref vector[slot];
        context.Segment = places.Segments[segment];
        context.Peer = places.PeerAt(place);
        if (slot != original)
        {
            _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
        }

        vector.Forward(slot, StageId.Encap);
    }

    /// <summary>A frame that loses its tag has the least length of a frame all the same (IEEE 802.1Q 9.6).</summary>
    private readonly void Pad()
    {
        int length = vector[_made].Packet.Length;
        if (length >= VlanRewrite.MinFrameBytes || length >= vector[original].Packet.Length)
        {
            return;
        }

        _ = vector.Pool.TrySetLength(ref vector[_made].Packet, VlanRewrite.MinFrameBytes);
        vector.Bytes(_made)[length..].Clear();
    }

    private void CountOne()
    {
        // The first replica is the frame itself, the others are made here.
        vector.Ledger.Generated += Count > 0 ? 1 : 0;
        Count++;
    }

    private readonly record struct FormSlot(ulong Form, ushort Slot);

    [System.Runtime.CompilerServices.InlineArray(MaxForms)]
    private struct FormList
    {
        private FormSlot _first;
    }
}
