using Weft.Analytics;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;

namespace Weft.Host.Analytics.Traffic;

/// <summary>Notes conversations in front of a stage. What a router hands to the bridge a second time is noted once.</summary>
internal sealed class FlowTap(IGraphStage stage, FlowMeter meter) : IGraphStage
{
    public StageId Id => stage.Id;

    public StagePlacement Placement => stage.Placement;

    /// <summary>The stage as it is if nobody wants to know.</summary>
    public static IGraphStage Before(IGraphStage stage, FlowMeter? meter) => meter is null ? stage : new FlowTap(stage, meter);

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            if (context.Interface < 0 && !context.IsReplica)
            {
                meter.Observe(vector.Bytes(slot), context.Layout, vector.Now);
            }
        }

        stage.Process(vector, slots);
    }
}
