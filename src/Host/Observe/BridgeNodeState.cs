using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Bridges;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Pictures of bridge nodes.</summary>
internal static class BridgeNodeState
{
    public static BridgeSnapshot Capture(BridgeNodeDriver driver, Timestamp now)
    {
        BridgeNode node = driver.Node;
        BridgeNodeCounters counters = node.Counters;
        return new BridgeSnapshot
        {
            Name = driver.Plan.Name,
            Port = driver.Topology.Plan.Ports[driver.Plan.Port].Name,
            Role = Words(node.Role),
            Cause = Words(node.Cause),
            RoleSeconds = (now - node.Since).TotalSeconds,
            Epoch = node.Epoch,
            Forwards = node.Forwards,
            IsDrained = node.IsDrained,
            FenceSeconds = driver.FenceDeadline is Timestamp deadline ? Math.Max(0, (deadline - now).TotalSeconds) : null,
            InSync = node.InSync,
            Machines = node.Table.Count,
            OverlayPath = Words(node.OverlayPath),
            VlanPath = driver.Plan.PathVlan == 0 ? "-" : Words(node.VlanPath),
            PeerHeardSeconds = node.Peer is null ? null : (now - node.PeerHeard).TotalSeconds,
            FlushRequests = counters.FlushRequests,
            Promotions = counters.Promotions,
            Announced = counters.AnnouncedToOverlay + counters.AnnouncedToVlan,
            Refused = counters.Malformed + counters.ForeignBridge + counters.OwnMessage + counters.Unauthentic + counters.Stale,
            Gaps = counters.Gaps,
            Events = [.. driver.Events.Select(change => new BridgeEventSnapshot((now - change.At).TotalSeconds, Words(change.From), Words(change.To), Words(change.Cause)))],
        };
    }

    public static FlushListenerSnapshot Capture(HostFlushListener listener, SwitchPlan plan) => new()
    {
        Pair = listener.Plan.Id,
        Vtep = plan.Vteps[listener.Plan.Vtep].Name,
        Nodes = listener.Plan.Nodes,
        Obeyed = listener.Obeyed,
        Refused = listener.Refused,
        Addresses = listener.Addresses,
    };

    /// <summary>A twin, which has no node of its own, leaves the ports of nodes that do not forward closed.</summary>
    public static void Restore(SwitchCore core, SwitchSnapshot state)
    {
        foreach (BridgeSnapshot bridge in state.Bridges.Where(bridge => core.Nodes is null && !bridge.Forwards))
        {
            int port = Position.Of(core.Plan.Ports, known => known.Name == bridge.Port);
            if (port >= 0 && core.Plan.Bridges.Count > 0)
            {
                core.Bridge.SetPortState(port, BridgePortState.Blocked);
            }
        }
    }

    private static string Words<T>(T value)
        where T : struct, Enum => EnumWords<T>.Of(value);
}
