namespace Weft.Host.Datapath.Workers;

/// <summary>Stands in front of a stage at a worker where not every packet may meet it, and hands on those that may not.</summary>
internal sealed class PlacedStage(IGraphStage stage, WorkerLink link, WorkerSteering steering) : IGraphStage
{
    private readonly ushort[] _mine = new ushort[PacketVector.SlotCapacity];

    public StageId Id => stage.Id;

    public StagePlacement Placement => stage.Placement;

    /// <summary>The stage as a worker may have it.</summary>
    public static IGraphStage Of(IGraphStage stage, WorkerLink link, WorkerSteering steering)
    {
        bool isEverybodys = link.IsAlone || stage.Placement == StagePlacement.Anywhere || (stage.Placement == StagePlacement.Home && link.IsHome);
        return isEverybodys ? stage : new PlacedStage(stage, link, steering);
    }

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        int count = 0;
        foreach (ushort slot in slots)
        {
            int worker = WorkerOf(vector, slot);
            if (worker == link.Index)
            {
                _mine[count++] = slot;
            }
            else
            {
                vector.HandOver(slot, worker, Id);
            }
        }

        if (count > 0)
        {
            vector.Tap?.AtStage(vector, Id, _mine.AsSpan(0, count));
            stage.Process(vector, _mine.AsSpan(0, count));
        }
    }

    private int WorkerOf(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        if (context.IsReplica)
        {
            return link.Index;
        }

        return stage.Placement switch
        {
            StagePlacement.Home => WorkerLink.Home,
            StagePlacement.Owner => stage.OwnerOf(vector, slot),
            _ => steering.WorkerOfFlow(vector.Bytes(slot), context.Layout),
        };
    }
}
