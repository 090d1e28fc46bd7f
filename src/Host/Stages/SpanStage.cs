using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;

namespace Weft.Host.Stages;

/// <summary>Copies what comes in, as it comes, for mirrors. Only ports and segments that are mirrored send their frames through here.</summary>
internal sealed class SpanStage(SwitchTopology topology, MirrorTaps? taps) : IGraphStage
{
    public StageId Id => StageId.Span;

    public StagePlacement Placement => StagePlacement.Anywhere;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            // Without taps there is no such stage.
            taps!.TapIn(vector, slot);
            ref PacketContext context = ref vector[slot];
            vector.Forward(slot, context.Segment >= 0 ? topology.BehindSpanOfSegment(context.Segment) : topology.BehindSpanOfPort(context.Ingress));
        }
    }
}
