using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Links;
using Weft.Host.Datapath.Protection;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Takes what neighbours say to the switch itself out of the stream of ports that listen to them. Only ports with such a protocol send
/// their frames through here.
/// </summary>
internal sealed class LinkStage(SwitchTopology topology, LinkDriver? driver, BondDirectory bonds, PortShutdowns? shutdowns) : IGraphStage
{
    private readonly StageId[] _next = IngressStage.BehindLink(topology);
    private readonly bool _guardsLoops = LoopGuardOptionsFactory.IsNeeded(topology.Plan);
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
            int bond = bonds.BondOf(context.Ingress);
            bool isSlow = bond >= 0 && LinkAggregator.IsSlowProtocol(frame);
            if (isSlow || (_hearsLldp[context.Ingress] && LldpAgent.IsLldp(frame)))
            {
                Take(vector, slot, isSlow);
            }
            else if (bond >= 0 && !TryCollect(vector, slot, bond))
            {
                continue;
            }
            else if (_guardsLoops && LoopGuard.MayBeProbe(frame))
            {
                TakeProbe(vector, slot);
            }
            else
            {
                vector.Forward(slot, _next[context.Ingress]);
            }
        }
    }

    /// <summary>What comes from a link of a bond came from the bond.</summary>
    private bool TryCollect(PacketVector vector, ushort slot, int bond)
    {
        ref PacketContext context = ref vector[slot];
        if (!bonds.IsCollecting(context.Ingress))
        {
            vector.Trace?.Note(Id, $"port {NameOf(context.Ingress)} is a link of {NameOf(bond)} that is not in use");
            vector.Drop(slot, DropReason.LinkNotCollecting);
            return false;
        }

        if (shutdowns is not null && shutdowns.IsShut(bond))
        {
            vector.Trace?.Note(Id, $"the switch has shut port {NameOf(bond)}");
            vector.Drop(slot, DropReason.PortShut);
            return false;
        }

        vector.Trace?.Note(Id, $"port {NameOf(context.Ingress)} is a link of {NameOf(bond)}");
        context.Ingress = (ushort)bond;
        return true;
    }

    private void TakeProbe(PacketVector vector, ushort slot)
    {
        if (!vector.Link.IsHome)
        {
            vector.HandOver(slot, WorkerLink.Home, Id);
            return;
        }

        switch (driver!.TakeProbe(vector.Bytes(slot), vector[slot].Ingress, vector.Now))
        {
            case LoopVerdict.NotMine:
                vector.Forward(slot, _next[vector[slot].Ingress]);
                break;
            case LoopVerdict.Forged:
                vector.Trace?.Note(Id, "it pretends to be a probe of this switch");
                vector.Drop(slot, DropReason.LoopProbeForged);
                break;
            case LoopVerdict.Late:
                vector.Trace?.Consume(Id, "a probe of this switch that left long ago");
                vector.Consume(slot);
                break;
            default:
                vector.Trace?.Consume(Id, $"a probe of this switch came back: there is a loop behind port {NameOf(vector[slot].Ingress)}");
                vector.Consume(slot);
                break;
        }
    }

    private void Take(PacketVector vector, ushort slot, bool isSlow)
    {
        if (!vector.Link.IsHome)
        {
            vector.HandOver(slot, WorkerLink.Home, Id);
            return;
        }

        if (isSlow)
        {
            TakeSlow(vector, slot);
            return;
        }

        // The first worker has one.
        LldpVerdict verdict = driver!.TakeLldp(vector.Bytes(slot), vector[slot].Ingress, vector.Now);
        (DropReason? refusal, string words) = verdict switch
        {
            LldpVerdict.Malformed => (DropReason.LinkMalformed, "a mandatory TLV of the LLDP frame is damaged, missing or out of order"),
            LldpVerdict.TooManyNeighbors => (DropReason.LinkNeighborsFull, "LLDP of one neighbour too many"),
            LldpVerdict.Added => ((DropReason?)null, "LLDP of a new neighbour"),
            LldpVerdict.Changed => (null, "LLDP of a known neighbour, which says something new"),
            LldpVerdict.Removed => (null, "LLDP of a neighbour that says good-bye"),
            _ => (null, "LLDP of a known neighbour"),
        };
        End(vector, slot, refusal, words);
    }

    private void TakeSlow(PacketVector vector, ushort slot)
    {
        (DropReason? refusal, string words) = driver!.TakeSlow(vector, vector.Bytes(slot), vector[slot].Ingress) switch
        {
            LacpVerdict.Malformed => (DropReason.LinkMalformed, "the message of LACP or Marker is damaged"),
            LacpVerdict.NotMine => (DropReason.ReservedGroup, "a slow protocol that nobody here speaks"),
            LacpVerdict.Marker => ((DropReason?)null, "a marker"),
            _ => (null, "LACP of the partner"),
        };
        End(vector, slot, refusal, words);
    }

    /// <summary>A frame for the switch itself goes no further, whether it was understood or refused.</summary>
    private void End(PacketVector vector, ushort slot, DropReason? refusal, string words)
    {
        if (refusal is DropReason reason)
        {
            vector.Trace?.Note(Id, words);
            vector.Drop(slot, reason);
            return;
        }

        vector.Trace?.Consume(Id, words);
        vector.Consume(slot);
    }

    private string NameOf(int port) => topology.Plan.Ports[port].Name;
}
