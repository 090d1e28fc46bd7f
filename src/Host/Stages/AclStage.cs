using Weft.Bridge;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;

namespace Weft.Host.Stages;

/// <summary>Drops what access lists of ports and segments do not let in. Ports without lists send their frames past it.</summary>
internal sealed class AclStage : IGraphStage
{
    private readonly SwitchTopology _topology;
    private readonly AclGate _gate;
    private readonly bool[] _ports, _segments;

    public AclStage(SwitchTopology topology, AclGate? gate)
    {
        // Without a gate there is no such stage.
        (_topology, _gate) = (topology, gate!);
        (_ports, _segments) = (AclOptionsFactory.PortsIn(topology.Plan), AclOptionsFactory.SegmentsIn(topology.Plan));
        Placement = AclOptionsFactory.IsStateful(topology.Plan) ? StagePlacement.Home : StagePlacement.Anywhere;
    }

    public StageId Id => StageId.Acl;

    /// <summary>Connections are in one table; lists without any are the same everywhere.</summary>
    public StagePlacement Placement { get; }

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            bool isFromPort = context.Segment < 0;
            if (!(isFromPort ? _ports[context.Ingress] : _segments[context.Segment]))
            {
                vector.Forward(slot, _topology.BehindAcl);
                continue;
            }

            Span<byte> frame = vector.Bytes(slot);
            int segment = isFromPort ? _gate.SegmentOf(context.Ingress, frame, context.Layout) : context.Segment;
            AclVerdict verdict = _gate.Filter.CheckIn(isFromPort ? context.Ingress : -1, segment, frame, context.Layout, vector.Now);
            if (vector.Trace is not null)
            {
                _gate.Note(vector.Trace, Id, verdict, "in");
            }

            _gate.Tell(verdict, _topology.Plan.Ports[context.Ingress].Name, frame, context.Layout, vector.Now);
            if (verdict.Passes)
            {
                vector.Forward(slot, _topology.BehindAcl);
                continue;
            }

            if (isFromPort && _gate.TryAnswer(vector, slot, verdict, vector[slot].Layout, out ushort made))
            {
                vector.Send(made, vector[slot].Ingress);
                vector.Release(made);
            }

            vector.Drop(slot, AclGate.ReasonOf(verdict));
        }
    }
}
