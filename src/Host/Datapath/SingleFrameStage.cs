using Weft.Host.Datapath.Workers;

namespace Weft.Host.Datapath;

/// <summary>Stands in front of a stage that needs frames as they are on a wire, and cuts superframes on their way to it but those that it does as they are (<see cref="ISuperframeStage"/>).</summary>
/// <param name="stage">The stage.</param>
/// <param name="isAlone">Whether no other worker's superframes can come here.</param>
internal sealed class SingleFrameStage(IGraphStage stage, bool isAlone) : IGraphStage
{
    private readonly ushort[] _frames = new ushort[PacketVector.SlotCapacity];

    public StageId Id => stage.Id;

    public StagePlacement Placement => stage.Placement;

    public int OwnerOf(PacketVector vector, ushort slot) => stage.OwnerOf(vector, slot);

    /// <summary>The stage as a graph may have it.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="countsFrames">Whether the bridge, or what stands in it, copies, counts or limits frames.</param>
    /// <param name="link">The worker's end of the exchange.</param>
    public static IGraphStage Of(IGraphStage stage, bool countsFrames, WorkerLink link) => NeedsFrames(stage.Id, countsFrames) ? new SingleFrameStage(stage, link.IsAlone) : stage;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        if (isAlone && !vector.Pool.LentSuperframes)
        {
            stage.Process(vector, slots);
            return;
        }

        int count = 0;
        for (int i = 0; i < slots.Length; i++)
        {
            ushort slot = slots[i];
            if (!vector.Pool.IsSuperframe(vector[slot].Packet) || (stage is ISuperframeStage able && able.TakesWhole(vector, slot)))
            {
                _frames[count++] = slot;
                continue;
            }

            int cut = vector.Cut(slot, _frames.AsSpan(count));
            count += cut;
            if (cut > 0)
            {
                vector.Trace?.Note(Id, $"cut into {cut} frames");
                vector.Release(slot);
            }
            else if (count > 0)
            {
                // Those that go on give their slots and buffers back.
                vector.PutBack(Id, slots[i..]);
                break;
            }
            else
            {
                vector.Drop(slot, DropReason.PoolExhausted);
            }
        }

        if (count > 0)
        {
            stage.Process(vector, _frames.AsSpan(0, count));
        }
    }

    /// <summary>Only stages that look at headers, and rewrite nothing behind the Ethernet header, let superframes pass.</summary>
    private static bool NeedsFrames(StageId stage, bool countsFrames) => stage switch
    {
        StageId.Ingress or StageId.Link or StageId.Dispatch or StageId.Guard or StageId.Acl or StageId.Egress or StageId.Transmit => false,
        StageId.Bridge => countsFrames,
        _ => true,
    };
}
