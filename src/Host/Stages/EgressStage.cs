using Weft.Bridge;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Machines;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Carries out what the bridge decided: one packet to one place, or copies to many. Ports that want the same bytes share one
/// buffer, since sending leaves it untouched; only another tag or a tunnel takes a copy, and the last of those takes the
/// original if nobody else uses it.
/// </summary>
internal sealed class EgressStage(SwitchTopology topology, LearningBridge bridge, MachinePlaces places) : IGraphStage
{
    public StageId Id => StageId.Egress;

    public StagePlacement Placement => StagePlacement.Anywhere;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            ushort slot = slots[i];
            ref PacketContext context = ref vector[slot];
            if (context.Decision.Action == BridgeAction.Forward)
            {
                Deliver(vector, slot, context.Decision.Output);
                continue;
            }

            var replication = new Replication(vector, slot, skip: context.FloodProgress, this);
            _ = bridge.Flood(context.Decision, ref replication);
            if (replication.OutOfRoom)
            {
                context.FloodProgress = replication.Done;
                vector.PutBack(Id, slots[i..]);
                return;
            }

            if (replication.Done == 0)
            {
                // A later frame of the same vector blocked the ports that it was decided for.
                vector.Trace?.Note(Id, "no port is left that forwards");
                vector.Drop(slot, DropReason.NoDestination);
            }
            else if (!replication.GaveOriginalAway)
            {
                vector.Release(slot);
            }
        }
    }

    /// <summary>Sends a packet that nobody else uses to its only destination.</summary>
    private void Deliver(PacketVector vector, ushort slot, in BridgeOutput output)
    {
        if (topology.IsRouter(output.Where))
        {
            // A router has no use for a tag.
            vector[slot].Segment = topology.SegmentOfVlan(vector[slot].Decision.Vlan);
            vector.Forward(slot, StageId.Route);
            return;
        }

        Rewrite(vector, slot, output.Rewrite);
        Dispatch(vector, slot, output.Where, output.Rewrite);
        if (!NeedsOwnBuffer(output.Where))
        {
            vector.Release(slot);
        }
    }

    private void Dispatch(PacketVector vector, ushort slot, BridgeLocation where, in VlanRewrite rewrite)
    {
        vector.Trace?.Note(Id, $"to {topology.NameOf(where)}{Words(rewrite)}");
        if (where.IsVtep)
        {
            vector[slot].Peer = where.Index;
            vector[slot].Segment = topology.SegmentOfVlan(vector[slot].Decision.Vlan);
            vector.Forward(slot, StageId.Encap);
        }
        else if (places.IsGuarded(where.Index))
        {
            vector[slot].Egress = (ushort)where.Index;
            vector.Forward(slot, StageId.Deliver);
        }
        else
        {
            vector.Send(slot, where.Index);
        }
    }

    /// <summary>Tunnels and services change bytes; ports only send them.</summary>
    private bool NeedsOwnBuffer(BridgeLocation where) => where.IsVtep || places.IsGuarded(where.Index);

    private static void Rewrite(PacketVector vector, ushort slot, in VlanRewrite rewrite)
    {
        if (rewrite.Kind == VlanRewriteKind.Keep)
        {
            return;
        }

        ref PacketContext context = ref vector[slot];
        // Never refused: the worker's pool keeps room for a tag in front, and for the least frame behind.
        _ = rewrite.TryApply(vector.Pool.Room(context.Packet), ref context.Packet.Offset, ref context.Packet.Length);
        _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
    }

    private static string Words(in VlanRewrite rewrite) => rewrite.Kind switch
    {
        VlanRewriteKind.Push => $", tagged with VLAN {new VlanTci(rewrite.Tci).VlanId}",
        VlanRewriteKind.Pop => ", its VLAN tag taken out",
        VlanRewriteKind.Replace => $", retagged with VLAN {new VlanTci(rewrite.Tci).VlanId}",
        _ => "",
    };

    /// <summary>Makes the copies of one flooded packet, from the first one that earlier calls had no room for.</summary>
    private ref struct Replication : IBridgeSink
    {
        private readonly PacketVector _vector;
        private readonly EgressStage _stage;
        private readonly ushort _original;
        private readonly int _skip;
        private int _seen;
        private int _shared = -1;
        private VlanRewrite _sharedRewrite;

        public Replication(PacketVector vector, ushort original, int skip, EgressStage stage)
        {
            (_vector, _stage, _original, _skip) = (vector, stage, original, skip);
            Done = skip;
        }

        /// <summary>Copies that are dealt with.</summary>
        public int Done { get; private set; }

        /// <summary>True if a copy has to wait until others are sent.</summary>
        public bool OutOfRoom { get; private set; }

        /// <summary>True if the last copy is the original itself and belongs to a later stage now.</summary>
        public bool GaveOriginalAway { get; private set; }

        public void Output(in BridgeOutput output)
        {
            if (_seen++ < _skip || OutOfRoom)
            {
                return;
            }

            if (Select(output) is int slot)
            {
                Count();
                _stage.Dispatch(_vector, (ushort)slot, output.Where, output.Rewrite);
            }
        }

        /// <summary>The slot whose bytes suit the output; null if it is out of room, or dropped for want of a buffer.</summary>
        private int? Select(in BridgeOutput output)
        {
            bool toPort = !_stage.NeedsOwnBuffer(output.Where);
            if (toPort && output.Rewrite.Kind == VlanRewriteKind.Keep)
            {
                return _original;
            }

            if (toPort && _shared >= 0 && _sharedRewrite == output.Rewrite)
            {
                return _shared;
            }

            if (output.IsLast && _vector[_original].PendingSends == 0)
            {
                Rewrite(_vector, _original, output.Rewrite);
                GaveOriginalAway = !toPort;
                return _original;
            }

            if (!_vector.TryClone(_original, out ushort copy))
            {
                return Starve();
            }

            Rewrite(_vector, copy, output.Rewrite);
            if (toPort)
            {
                (_shared, _sharedRewrite) = (copy, output.Rewrite);
                _vector.MarkSendOnly(copy);
            }

            return copy;
        }

        private int? Starve()
        {
            // What waits to be sent gives its buffers back; without any, waiting would be for ever.
            if (_vector.WaitingToSend > 0 || _vector.Waiting(StageId.Deliver) > 0 || _vector.Waiting(StageId.Encap) > 0 || _vector.Waiting(StageId.Seal) > 0)
            {
                OutOfRoom = true;
            }
            else
            {
                Count();
                _vector.DropCopy(_original, DropReason.PoolExhausted);
            }

            return null;
        }

        private void Count()
        {
            // The first output is the packet itself, the others are made here.
            _vector.Ledger.Generated += Done > 0 ? 1 : 0;
            Done++;
        }
    }
}
