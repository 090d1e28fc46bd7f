using Weft.Bridge;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Groups;
using Weft.Host.Datapath.Machines;
using Weft.Multicast;

namespace Weft.Host.Stages;

/// <summary>
/// Hands group frames of segments that snoop to the multicast engine, which learns from IGMP and MLD and replicates the rest. What is no IP
/// multicast is flooded as in other segments.
/// </summary>
internal sealed class MulticastStage(MulticastPlaces places, MulticastDriver? driver, BridgeNodes? nodes, MachinePlaces machines, SwitchGraph graph) : IGraphStage
{
    public StageId Id => StageId.Multicast;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        // The first worker has one, and the stage is with the first worker.
        MulticastDriver multicast = driver!;
        foreach (BridgeNodeDriver node in nodes?.All ?? [])
        {
            multicast.SetForwarding(node.Plan.Port, node.Node.Forwards);
        }

        foreach (ushort slot in slots)
        {
            Process(vector, slot, multicast);
        }
    }

    private void Process(PacketVector vector, ushort slot, MulticastDriver multicast)
    {
        ref PacketContext context = ref vector[slot];
        int segment = places.SegmentOf(places.Topology.SegmentOfVlan(context.Decision.Vlan));
        int place = context.Segment < 0 ? context.Ingress : places.OfPeer(context.Peer);
        (long scope, long path) = (multicast.Engine.Counters.TtlTooLow, multicast.Engine.Counters.RpfFailures);
        var sink = new ReplicaSink(vector, slot, places, machines, graph);
        MulticastOutcome outcome = multicast.Engine.Process(segment, place, vector.Bytes(slot), context.Layout, replicateLocally: false, vector.Now, ref sink);
        if (vector.Trace is not null)
        {
            MulticastNotes.Describe(vector, slot, multicast, segment, place, outcome);
        }

        switch (outcome)
        {
            case MulticastOutcome.NotMulticast when context.Decision.Action == BridgeAction.Flood:
                vector.Forward(slot, StageId.Egress);
                break;
            case MulticastOutcome.NotMulticast:
                vector.Drop(slot, BridgeStage.ReasonOf(context.Decision.Reason));
                break;
            case MulticastOutcome.Dropped:
                vector.Drop(slot, ReasonOf(multicast.Engine.LastDrop));
                break;
            case MulticastOutcome.Control when sink.Count == 0:
                vector.Consume(slot);
                break;
            default:
                if (sink.Count == 0)
                {
                    vector.Drop(
                        slot,
                        multicast.Engine.Counters.TtlTooLow > scope ? DropReason.MulticastScope
                        : multicast.Engine.Counters.RpfFailures > path ? DropReason.MulticastReversePath
                        : DropReason.MulticastNoListener);
                }
                else
                {
                    sink.Finish();
                }

                break;
        }
    }

    private static DropReason ReasonOf(MulticastDropReason reason) => reason switch
    {
        MulticastDropReason.HeaderChecksum or MulticastDropReason.Checksum => DropReason.MulticastChecksum,
        MulticastDropReason.TimeToLive => DropReason.MulticastTtl,
        MulticastDropReason.RouterAlert => DropReason.MulticastRouterAlert,
        MulticastDropReason.Source => DropReason.MulticastSource,
        MulticastDropReason.GuardedQuery => DropReason.MulticastQueryRefused,
        MulticastDropReason.RateLimited => DropReason.MulticastRateLimited,
        _ => DropReason.MulticastMalformed,
    };
}
