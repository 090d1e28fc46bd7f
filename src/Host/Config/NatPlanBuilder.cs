using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>Turns address translation and load balancing of a document without errors into their plans.</summary>
internal static class NatPlanBuilder
{
    public static NatPlan Build(NatSection nat, SwitchDocument document) => new()
    {
        Name = nat.Name.Value,
        Router = RouterOf(nat.Router.Value, document),
        Outside = SegmentOf(nat.Outside.Value, document),
        Inside = nat.Inside.Count == 0 ? [new IPv4Prefix(default, 0)] : nat.Inside.Select(inside => new IPv4Prefix(inside.Value.Address.V4, inside.Value.PrefixLength)).ToArray(),
        Blocks = nat.Blocks.SelectMany(NatValidator.BlocksOf).ToArray(),
        Shared = ClusterPlanBuilder.Build(nat.Shared),
        Tunnel = Build(nat.Tunnel),
        Statics = nat.Static.Select(known => new NatStaticPlan(known.Protocol.Value, known.Inside.Value.V4, (ushort)known.InsidePort.Value, known.Outside.Value.V4, (ushort)known.OutsidePort.Value)).ToArray(),
        Behavior = new NatBehavior(nat.Mapping.Value, nat.Filtering.Value),
        Logging = nat.Logging.Value,
        Entries = nat.Entries.Value,
        Machines = nat.Machines.Value,
        MappingsPerMachine = nat.MappingsPerMachine.Value,
    };

    public static NatTunnelPlan? Build(NatTunnelSection tunnel) => tunnel.Prefix.IsKnown
        ? new NatTunnelPlan(PrefixOf(tunnel.Prefix.Value), tunnel.Address.Value.V6, PrefixOf(tunnel.Hosts.Value), tunnel.Mtu.Value)
        : null;

    public static LbPlan Build(LbSection lb, SwitchDocument document) => new()
    {
        Name = lb.Name.Value,
        Router = RouterOf(lb.Router.Value, document),
        Front = SegmentOf(lb.Front.Value, document),
        Back = SegmentOf(lb.Back.Value, document),
        Servers = lb.Servers.Select(servers => servers.Value).ToArray(),
        Members = lb.Members.Select(member => new LbMemberPlan(member.Name.Value, member.Mac.Value)).ToArray(),
        Policy = lb.Policy.Value,
        Learning = lb.Learning.Value,
        TakeOver = lb.TakeOver.Value,
        Flows = lb.Flows.Value,
    };

    private static IPv6Prefix PrefixOf(NetworkAddress prefix) => new(prefix.Address.V6, prefix.PrefixLength);

    private static int RouterOf(string name, SwitchDocument document) => document.Routers.FindIndex(router => router.Name.Value == name);

    private static int SegmentOf(string name, SwitchDocument document) => document.Segments.FindIndex(segment => segment.Name.Value == name);
}
