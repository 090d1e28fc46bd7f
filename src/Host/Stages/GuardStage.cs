using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;

namespace Weft.Host.Stages;

/// <summary>Drops what machines send with addresses that are not theirs. Whoever is trusted is only listened to.</summary>
internal sealed class GuardStage(SwitchTopology topology, AccessGuard? guard) : IGraphStage
{
    private readonly StageId _next = topology.BehindGuard;

    public StageId Id => StageId.Guard;

    /// <summary>What is known of addresses is in one table.</summary>
    public StagePlacement Placement => StagePlacement.Home;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        // The first worker has one, and the stage is with the first worker.
        AccessGuard known = guard!;
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            if (context.Segment >= 0)
            {
                known.Overhear(topology.Plan.Segments[context.Segment].Vlan, vector.Bytes(slot), context.Layout, vector.Now);
                vector.Forward(slot, _next);
                continue;
            }

            GuardVerdict verdict = known.Check(context.Ingress, vector.Bytes(slot), context.Layout, vector.Now);
            if (verdict == GuardVerdict.Pass)
            {
                vector.Forward(slot, _next);
            }
            else
            {
                vector.Trace?.Note(Id, Words(verdict));
                vector.Drop(slot, ReasonOf(verdict));
            }
        }
    }

    private static DropReason ReasonOf(GuardVerdict verdict) => verdict switch
    {
        GuardVerdict.DhcpServer => DropReason.GuardDhcpServer,
        GuardVerdict.DhcpClient => DropReason.GuardDhcpClient,
        GuardVerdict.DhcpRate => DropReason.GuardDhcpRate,
        GuardVerdict.Neighbor => DropReason.GuardNeighbor,
        GuardVerdict.Router => DropReason.GuardRouter,
        _ => DropReason.GuardSource,
    };

    private static string Words(GuardVerdict verdict) => verdict switch
    {
        GuardVerdict.DhcpServer => "a DHCP server's message from a port for clients",
        GuardVerdict.DhcpClient => "a DHCP client that speaks for another machine, or in a damaged way",
        GuardVerdict.DhcpRate => "more DHCP messages than the port may send",
        GuardVerdict.Neighbor => "it claims an address that is not the sender's",
        GuardVerdict.Router => "a router advertisement from a port for clients",
        _ => "its IP source is not the sender's",
    };
}
