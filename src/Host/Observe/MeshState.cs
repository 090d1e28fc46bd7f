using Weft.Host.Datapath;
using Weft.Host.Datapath.Redirection;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Pictures of a mesh, and what another switch takes over from them.</summary>
internal static class MeshState
{
    private const int Chunk = 64;

    public static MeshSnapshot? Capture(SwitchCore core, Timestamp now, SnapshotParts parts)
    {
        if (core.Mesh is not MeshGate gate)
        {
            return null;
        }

        MeshCounters counters = gate.Translator.Counters;
        return new MeshSnapshot
        {
            Self = gate.Plan.Plan.Self.Name,
            AgentPort = core.Plan.Ports[gate.Plan.AgentPort].Name,
            Machines = [.. gate.Plan.Plan.Machines.Select(machine => new MeshMachineSnapshot(
                machine.Name, machine.Id.Number, machine.Identity.ToString(), [.. machine.Addresses.Select(MeshAddress.Text)], machine.Tunnel.ToString(), [.. machine.Ports.Select(port => port.ToString())]))],
            Flows = gate.Translator.Count,
            FlowList = parts.HasFlag(SnapshotParts.MeshFlows) ? FlowsOf(core, gate, now) : [],
            Redirected = counters.Redirected,
            Unredirected = counters.Unredirected,
            Restored = counters.Restored,
            Unrestored = counters.Unrestored,
            Passed = counters.Passed,
            Dropped = counters.Dropped,
            RedirectFlows = counters.RedirectFlows,
            RestoreFlows = counters.RestoreFlows,
        };
    }

    /// <summary>Goes on with the connections of applications whose port is still there and one of the mesh's.</summary>
    public static void Restore(SwitchCore core, SwitchSnapshot state, Timestamp now)
    {
        if (core.Mesh is not MeshGate gate || state.Mesh is not MeshSnapshot mesh)
        {
            return;
        }

        foreach (MeshFlowSnapshot known in mesh.FlowList)
        {
            int port = Position.Of(core.Plan.Ports, plan => plan.Name == known.Port);
            if (port >= 0 && gate.SideOf(port) == MeshSide.Application && TryRead(known, out MeshFlow flow) && gate.Translator.TryAdopt(in flow, now, out int slot))
            {
                gate.WayOf(slot) = new MeshWay(port, known.ApplicationMac, known.GatewayMac);
            }
        }
    }

    private static List<MeshFlowSnapshot> FlowsOf(SwitchCore core, MeshGate gate, Timestamp now)
    {
        var all = new List<MeshFlowSnapshot>(gate.Translator.Count);
        var chunk = new MeshFlow[Chunk];
        var slots = new int[Chunk];
        int cursor = 0;
        do
        {
            int count = gate.Translator.CopyTo(ref cursor, chunk, slots, now);
            for (int i = 0; i < count; i++)
            {
                MeshFlow flow = chunk[i];
                MeshWay way = gate.WayOf(slots[i]);
                all.Add(new MeshFlowSnapshot(
                    EnumWords<MeshFlowKind>.Of(flow.Kind), flow.Protocol == IpProtocol.Udp ? "udp" : "tcp",
                    flow.Client.ToString(), flow.Service.ToString(), flow.AgentClient.ToString(), flow.AgentService.ToString(),
                    EnumWords<MeshFlowStage>.Of(flow.Stage), flow.IdleSeconds, core.Plan.Ports[way.Port].Name, way.Application, way.Gateway));
            }
        }
        while (cursor != 0);
        all.Sort((left, right) => string.CompareOrdinal($"{left.Client} {left.Service}", $"{right.Client} {right.Service}"));
        return all;
    }

    private static bool TryRead(MeshFlowSnapshot known, out MeshFlow flow)
    {
        flow = default;
        if (!MeshEndpoint.TryParse(known.Client, out MeshEndpoint client) || !MeshEndpoint.TryParse(known.Service, out MeshEndpoint service)
            || !MeshEndpoint.TryParse(known.AgentClient, out MeshEndpoint agentClient) || !MeshEndpoint.TryParse(known.AgentService, out MeshEndpoint agentService))
        {
            return false;
        }

        MeshFlowStage stage = Array.Find(Enum.GetValues<MeshFlowStage>(), stage => EnumWords<MeshFlowStage>.Of(stage) == known.State);
        flow = new MeshFlow(
            known.Kind == EnumWords<MeshFlowKind>.Of(MeshFlowKind.Restore) ? MeshFlowKind.Restore : MeshFlowKind.Redirect,
            known.Protocol == "udp" ? IpProtocol.Udp : IpProtocol.Tcp, client, service, agentClient, agentService, stage, known.IdleSeconds, 0);
        return true;
    }
}
