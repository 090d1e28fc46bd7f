using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Links;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Takes what neighbours say to the switch itself out of the stream of ports that listen to them. Only ports with such a protocol send
/// their frames through here.
/// </summary>
internal sealed class LinkStage(SwitchTopology topology, LinkDriver? driver) : IGraphStage
{
    private readonly StageId[] _next = IngressStage.BehindLink(topology);
    private readonly bool[] _hearsLldp = [.. topology.Plan.Ports.Select(port => port.Lldp.HasFlag(LldpMode.Receive))];

    public StageId Id => StageId.Link;

    /// <summary>What neighbours say is handed to the first worker, everything else goes on where it is.</summary>
    public StagePlacement Placement => StagePlacement.Anywhere;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ReadOnlySpan<byte> frame = vector.Bytes(slot);
            ref PacketContext context = ref vector[slot];
            if (_hearsLldp[context.Ingress] && LldpAgent.IsLldp(frame))
            {
                Take(vector, slot);
            }
            else
            {
                vector.Forward(slot, _next[context.Ingress]);
            }
        }
    }

    private void Take(PacketVector vector, ushort slot)
    {
        if (!vector.Link.IsHome)
        {
            vector.HandOver(slot, WorkerLink.Home, Id);
            return;
        }

        // The first worker has one.
        LldpVerdict verdict = driver!.TakeLldp(vector.Bytes(slot), vector[slot].Ingress, vector.Now);
        switch (verdict)
        {
            case LldpVerdict.Malformed:
                vector.Trace?.Note(Id, "a mandatory TLV of the LLDP frame is damaged, missing or out of order");
                vector.Drop(slot, DropReason.LinkMalformed);
                break;
            case LldpVerdict.TooManyNeighbors:
                vector.Trace?.Note(Id, "LLDP of one neighbour too many");
                vector.Drop(slot, DropReason.LinkNeighborsFull);
                break;
            default:
                vector.Trace?.Consume(Id, Words(verdict));
                vector.Consume(slot);
                break;
        }
    }

    private static string Words(LldpVerdict verdict) => verdict switch
    {
        LldpVerdict.Added => "LLDP of a new neighbour",
        LldpVerdict.Changed => "LLDP of a known neighbour, which says something new",
        LldpVerdict.Removed => "LLDP of a neighbour that says good-bye",
        _ => "LLDP of a known neighbour",
    };
}
