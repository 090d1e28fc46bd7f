using Weft.Bridge;
using Weft.Host.Datapath;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Drops what access lists do not let out, of what waits for ports. What the switch says of its own accord has been through no bridge and passes.</summary>
internal sealed class AclEgress(SwitchTopology topology, AclGate gate)
{
    private readonly int[] _ports = [.. AclOptionsFactory.PortsOut(topology.Plan).Index().Where(port => port.Item).Select(port => port.Index)];

    public void Process(PacketVector vector)
    {
        foreach (int port in _ports)
        {
            foreach (ushort slot in vector.TakeSends(port))
            {
                ref PacketContext context = ref vector[slot];
                if (context.IsJudged || context.Decision.Vlan == 0 || Passes(vector, slot, port))
                {
                    vector.Send(slot, port);
                }

                vector.SendDone(slot);
            }
        }
    }

    private bool Passes(PacketVector vector, ushort slot, int port)
    {
        Span<byte> frame = vector.Bytes(slot);
        // Who sends may have changed the frame since its headers were found.
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        AclVerdict verdict = gate.Filter.CheckOut(port, gate.SegmentOf(port, frame, layout), frame, layout, vector.Now);
        if (vector.Trace is not null)
        {
            gate.Note(vector.Trace, StageId.Transmit, verdict, $"out of port {topology.Plan.Ports[port].Name}");
        }

        gate.Tell(verdict, topology.Plan.Ports[port].Name, frame, layout, vector.Now);
        if (verdict.Passes)
        {
            return true;
        }

        // The answer is as if the machine behind the port gave it, so the bridge finds the way; only where the machine is known to be there.
        if (vector[slot].Decision.Action == BridgeAction.Forward && gate.TryAnswer(vector, slot, verdict, layout, out ushort made))
        {
            vector[made].Ingress = (ushort)port;
            vector.Forward(made, StageId.Bridge);
        }

        vector.DropCopy(slot, AclGate.ReasonOf(verdict));
        return false;
    }
}
