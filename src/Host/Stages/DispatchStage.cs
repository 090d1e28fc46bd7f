using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;

namespace Weft.Host.Stages;

/// <summary>Receive-side scaling in software: hands each frame to the worker that its headers' hash chooses. A switch with one worker has no such stage.</summary>
internal sealed class DispatchStage(StageId[] next, WorkerLink link, WorkerSteering steering) : IGraphStage
{
    public StageId Id => StageId.Dispatch;

    public StagePlacement Placement => StagePlacement.Anywhere;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            int worker = steering.WorkerOf(vector.Bytes(slot), context.Layout, context.Ingress);
            if (worker == link.Index)
            {
                vector.Forward(slot, next[context.Ingress]);
            }
            else
            {
                vector.HandOver(slot, worker, next[context.Ingress]);
            }
        }
    }
}
