using Weft.Bridge;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Puts a bridge's decision into words.</summary>
internal static class BridgeNotes
{
    public static void Describe(TraceRecorder trace, SwitchTopology topology, in BridgeDecision decision, ReadOnlySpan<byte> frame)
    {
        MacAddress destination = MacAddress.Read(frame);
        MacAddress source = MacAddress.Read(frame[MacAddress.Length..]);
        int index = topology.SegmentOfVlan(decision.Vlan);
        string segment = index < 0 ? "" : $"segment {topology.Plan.Segments[index].Name}: ";
        if (decision.Learned is not (LearnResult.None or LearnResult.Refreshed or LearnResult.Static or LearnResult.InvalidSource))
        {
            trace.Note(StageId.Bridge, $"{segment}source {source} {Words(decision.Learned)} at {topology.NameOf(decision.Ingress)}");
        }

        if (decision.Action == BridgeAction.Answer)
        {
            trace.Consume(StageId.Bridge, $"{segment}answered in the name of {decision.AnswerMac} instead of flooding");
            return;
        }

        if (decision.IsAskedAgain)
        {
            trace.Note(StageId.Bridge, $"{segment}asked again, and the machine has not been heard since: flooded instead of answered");
        }

        trace.Note(StageId.Bridge, segment + decision.Action switch
        {
            BridgeAction.Forward => $"{destination} is at {topology.NameOf(decision.Output.Where)}",
            BridgeAction.Flood => destination.IsGroup ? $"{destination} is a group address: flood" : $"{destination} is unknown: flood",
            _ => Words(decision.Reason, source, destination),
        });
    }

    private static string Words(LearnResult result) => result switch
    {
        LearnResult.Added => "learned",
        LearnResult.Moved => "moved; now",
        LearnResult.StaticConflict => "not learned, a static entry has it elsewhere; seen",
        LearnResult.StickyConflict => "not moved, it was learned at a sticky port; seen",
        LearnResult.HeldDown => "not moved, it has moved too often lately; seen",
        LearnResult.LimitReached => "not learned, a limit is reached,",
        _ => "not learned, the table is full,",
    };

    private static string Words(BridgeDropReason reason, MacAddress source, MacAddress destination) => reason switch
    {
        BridgeDropReason.ReservedAddress => $"{destination} concerns this link only",
        BridgeDropReason.InvalidSource => $"{source} is no station's address",
        BridgeDropReason.InvalidVlan => "VLAN 4095 is reserved",
        BridgeDropReason.UntaggedRefused => "the port has no native VLAN for untagged frames",
        BridgeDropReason.VlanRefused => "the port is no member of the frame's VLAN",
        BridgeDropReason.UnknownSegment => "no segment has the frame's VLAN",
        BridgeDropReason.TaggedInTunnel => "the inner frame has a VLAN tag",
        BridgeDropReason.SameLocation => $"{destination} is where the frame came from",
        BridgeDropReason.SplitHorizon => $"{destination} is behind a tunnel, and so is the sender",
        BridgeDropReason.UnknownUnicast => $"{destination} is unknown and the segment does not flood",
        BridgeDropReason.IngressBlocked or BridgeDropReason.EgressBlocked => "the port of the bridge node is closed: the other node of the pair forwards",
        BridgeDropReason.SourceRefused => $"the port drops frames whose source it may not teach, and {source} is one",
        BridgeDropReason.StormLimit => $"the port has had as many frames like this one, to {destination}, flooded as it may in this second",
        BridgeDropReason.NoOutput => "nobody else is in the segment",
        _ => reason.ToString(),
    };
}
