using Weft.Host.Config;

namespace Weft.Host.Datapath.Sharing;

/// <summary>Puts what the cluster knows into the places that a configuration leaves open: peers of segments, the other nodes of bridges, the nodes of pairs.</summary>
internal static class PlanCompletion
{
    /// <summary>The nodes that a plan has.</summary>
    public static IReadOnlyList<BridgeNodePlace> OwnNodes(SwitchPlan plan) => [.. plan.Bridges.Concat(plan.AwaitedBridges).Select(bridge => new BridgeNodePlace(bridge.Id, bridge.Node, plan.Vteps[bridge.Vtep].Address)).OrderBy(place => place.Pair)];

    /// <summary>The plan with the peers of segments.</summary>
    public static SwitchPlan WithPeers(SwitchPlan plan, IEnumerable<(uint Vni, TunnelAddress Address)> endpoints)
    {
        ILookup<uint, TunnelAddress> known = endpoints.ToLookup(peer => peer.Vni, peer => peer.Address);
        return plan with
        {
            Segments = [.. plan.Segments.Select((segment, index) => segment.Vni is null || segment.Vtep < 0 ? segment : segment with
            {
                // The other node of a bridge stays a peer while it is dead: who takes over has addresses behind it.
                Peers = [.. segment.NamedPeers
                    .Union(plan.Bridges.Where(bridge => bridge.FindsPeer && bridge.Segments.Contains(index)).Select(bridge => bridge.Peer))
                    .Union(segment.Discover ? known[segment.Vni.Value].Where(address => CanReach(plan.Vteps[segment.Vtep], address)) : [])],
            })],
        };
    }

    /// <summary>The plan with the nodes of pairs; bridges whose other node is not known wait.</summary>
    public static SwitchPlan WithNodes(SwitchPlan plan, IEnumerable<BridgeNodePlace> places)
    {
        ILookup<ulong, BridgeNodePlace> known = places.OrderBy(place => place.Node).ToLookup(place => place.Pair);
        BridgePlan[] all = [.. plan.Bridges.Concat(plan.AwaitedBridges).Select(bridge => bridge.FindsPeer ? bridge with { Peer = OtherOf(plan, bridge, known[bridge.Id]) } : bridge)];
        return plan with
        {
            Bridges = [.. all.Where(bridge => bridge.Peer != default)],
            AwaitedBridges = [.. all.Where(bridge => bridge.Peer == default)],
            BridgePairs = [.. plan.BridgePairs.Select(pair => !pair.FindsNodes ? pair : pair with { Nodes = NodesOf(plan, pair, known[pair.Id]) })],
        };
    }

    /// <summary>True if two completions of one configuration say the same.</summary>
    public static bool IsSame(SwitchPlan left, SwitchPlan right) =>
        left.Segments.Zip(right.Segments, (one, other) => one.Peers.SequenceEqual(other.Peers)).All(same => same)
        && left.Bridges.Select(bridge => (bridge.Id, bridge.Peer)).SequenceEqual(right.Bridges.Select(bridge => (bridge.Id, bridge.Peer)))
        && left.BridgePairs.Zip(right.BridgePairs, (one, other) => one.Nodes.SequenceEqual(other.Nodes)).All(same => same);

    private static TunnelAddress OtherOf(SwitchPlan plan, BridgePlan bridge, IEnumerable<BridgeNodePlace> places)
    {
        BridgeNodePlace[] others = [.. places.Where(place => place.Node != bridge.Node && CanReach(plan.Vteps[bridge.Vtep], place.Address))];
        // Of three, nobody can say which two are the pair.
        return others is [BridgeNodePlace other] ? other.Address : default;
    }

    private static TunnelAddress[] NodesOf(SwitchPlan plan, BridgePairPlan pair, IEnumerable<BridgeNodePlace> places)
    {
        TunnelAddress[] nodes = [.. places.Select(place => place.Address).Where(address => CanReach(plan.Vteps[pair.Vtep], address))];
        return nodes.Length == 2 ? nodes : [];
    }

    /// <summary>An endpoint announced by another host is a peer only if packets can get there; what a configuration would be refused for is passed over here.</summary>
    private static bool CanReach(VtepPlan own, TunnelAddress peer) =>
        peer != own.Address && peer.IsIPv6 == own.Address.IsIPv6 && (own.Gateway is not null || own.Address.SharesPrefix(peer, own.PrefixLength));
}
