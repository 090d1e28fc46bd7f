using Weft.Bridge;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Groups;
using Weft.Host.Datapath.Machines;
using Weft.Host.Datapath.Routing;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Hands frames to the learning bridge: VLAN, learning, ARP and ND suppression, lookup.</summary>
internal sealed class BridgeStage(SwitchTopology topology, LearningBridge bridge, BridgeNodes? nodes, BridgeObserver observer, MacSharing? sharing, MulticastPlaces groups, Routers routers, RouterService service, MachinePlaces places, StageId next) : IGraphStage
{
    private readonly bool _listens = topology.Plan.Routers.Count > 0 || topology.Plan.Segments.Any(segment => segment.SuppressArp || segment.SuppressNd);

    private readonly bool _relays = DhcpRelays.IsNeeded(topology.Plan);

    public StageId Id => StageId.Bridge;

    /// <summary>
    /// Without sharing all frames are the first worker's: a bridge node closes its port, and is fenced when it stood still, by the
    /// thread that asks it before each burst, which one thread alone can do.
    /// </summary>
    public StagePlacement Placement => sharing is null ? StagePlacement.Home : StagePlacement.Anywhere;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        Span<byte> reply = stackalloc byte[LearningBridge.MaxAnswerBytes];
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            Span<byte> frame = vector.Bytes(slot);
            if (nodes is not null && nodes.TryTakeFrame(frame, context, vector.Now))
            {
                vector.Consume(slot);
                continue;
            }

            if (sharing is not null && _listens && !vector.Link.IsHome && (IsNeighborMessage(frame, context.Layout) || (_relays && DhcpRelays.IsRequest(frame, context.Layout))))
            {
                // Bindings and neighbours are learned and answered from at one worker.
                vector.HandOver(slot, WorkerLink.Home, Id);
                continue;
            }

            context.Decision = context.Interface >= 0
                ? bridge.DecideOwn(frame, context.Layout, routers.BridgePortOf(context.Interface), routers.Interfaces[context.Interface].Segment.Vlan, vector.Now)
                : context.Segment < 0
                ? bridge.Decide(frame, context.Layout, context.Ingress, vector.Now)
                : bridge.DecideFromTunnel(frame, context.Layout, context.Peer, topology.Plan.Segments[context.Segment].Vlan, vector.Now);
            observer.Note(context.Decision, frame, vector.Now);
            if (topology.SegmentOfVlan(context.Decision.Vlan) is >= 0 and int segment)
            {
                vector.Ledger.Traffic.Segment(segment).Add(frame.Length);
            }

            if (sharing is not null && context.Decision.Learned is LearnResult.Added or LearnResult.Moved or LearnResult.Renewed)
            {
                sharing.Tell(context.Decision.Vlan, MacAddress.Read(frame[MacAddress.Length..]), context.Decision.Ingress, vector.Now);
            }

            if (vector.Trace is TraceRecorder trace)
            {
                BridgeNotes.Describe(trace, topology, context.Decision, frame);
            }

            if (routers.Interfaces.Length > 0 && IsForAll(context.Decision) && service.Overhear(vector, slot, topology.SegmentOfVlan(context.Decision.Vlan), context.Interface))
            {
                continue;
            }

            if (groups.Segments.Count > 0 && context.Interface < 0 && IsForListeners(frame, context.Decision))
            {
                context.IsForListeners = true;
                StageId behind = NextOf(context);
                vector.Forward(slot, behind == StageId.Egress ? StageId.Multicast : behind);
                continue;
            }

            switch (context.Decision.Action)
            {
                case BridgeAction.Forward or BridgeAction.Flood:
                    vector.Forward(slot, NextOf(context));
                    break;
                case BridgeAction.Answer:
                    Answer(vector, slot, reply);
                    break;
                default:
                    vector.Drop(slot, ReasonOf(context.Decision.Reason));
                    break;
            }
        }
    }

    /// <summary>What comes from a port with machines behind it goes through their services first.</summary>
    private StageId NextOf(in PacketContext context) =>
        !context.IsServed && context.Segment < 0 && context.Interface < 0 && places.IsGuarded(context.Ingress) ? StageId.Services : next;

    private static bool IsNeighborMessage(ReadOnlySpan<byte> frame, in PacketLayout layout) => layout.EtherType == EtherType.Arp
        || (layout.Protocol == IpProtocol.IcmpV6 && layout.HasL4 && (IcmpV6Type)frame[layout.L4Offset] is >= IcmpV6Type.RouterSolicitation and <= IcmpV6Type.NeighborAdvertisement);

    /// <summary>
    /// True for groups in a segment that snoops, which would be flooded, or would if the segment had another port: listeners may be in
    /// segments that they are routed to.
    /// </summary>
    private bool IsForListeners(ReadOnlySpan<byte> frame, in BridgeDecision decision) =>
        (frame[0] & 1) != 0
        && IsForAll(decision)
        && groups.SegmentOf(topology.SegmentOfVlan(decision.Vlan)) >= 0;

    /// <summary>True for a frame that everybody in the segment gets, even if nobody else is there.</summary>
    private static bool IsForAll(in BridgeDecision decision) =>
        decision.Action == BridgeAction.Flood || decision is { Action: BridgeAction.Drop, Reason: BridgeDropReason.NoOutput };

    /// <summary>The answer takes the place of the request in its own buffer, so answering never runs out of anything.</summary>
    private static void Answer(PacketVector vector, ushort slot, Span<byte> reply)
    {
        ref PacketContext context = ref vector[slot];
        int length = LearningBridge.WriteAnswer(context.Decision, vector.Bytes(slot), context.Layout, reply);
        _ = vector.Pool.TrySetLength(ref context.Packet, length);
        reply[..length].CopyTo(vector.Bytes(slot));
        vector.Ledger.Consumed++;
        vector.Ledger.Generated++;
        vector.Send(slot, context.Decision.Ingress.Index);
        vector.Release(slot);
    }

    internal static DropReason ReasonOf(BridgeDropReason reason) => reason switch
    {
        BridgeDropReason.ReservedAddress => DropReason.ReservedGroup,
        BridgeDropReason.InvalidSource => DropReason.InvalidSourceMac,
        BridgeDropReason.InvalidVlan => DropReason.VlanReserved,
        BridgeDropReason.UntaggedRefused => DropReason.UntaggedRefused,
        BridgeDropReason.VlanRefused => DropReason.VlanNotAllowed,
        BridgeDropReason.UnknownSegment => DropReason.NoSegment,
        BridgeDropReason.TaggedInTunnel => DropReason.TaggedInTunnel,
        BridgeDropReason.SameLocation => DropReason.Hairpin,
        BridgeDropReason.IngressBlocked or BridgeDropReason.EgressBlocked => DropReason.BridgeStandby,
        BridgeDropReason.SplitHorizon => DropReason.SplitHorizon,
        BridgeDropReason.UnknownUnicast => DropReason.UnknownUnicast,
        BridgeDropReason.NoOutput => DropReason.NoDestination,
        BridgeDropReason.SourceRefused => DropReason.SourceRefused,
        BridgeDropReason.StormLimit => DropReason.StormLimit,
        // The host drops malformed frames before the bridge.
        _ => DropReason.PortDown,
    };
}
