using Weft.Host.Config;

namespace Weft.Host.Datapath.Workers;

/// <summary>By number in the configuration before, the number now of what still exists by name; -1 for what is gone.</summary>
internal sealed class NewNumbers
{
    public NewNumbers(SwitchTopology before, SwitchTopology now)
    {
        Ports = Match(before.Plan.Ports.Select(port => port.Name), now.Plan.Ports.Select(port => port.Name));
        Segments = Match(before.Plan.Segments.Select(segment => segment.Name), now.Plan.Segments.Select(segment => segment.Name));
        Vteps = Match(before.Plan.Vteps.Select(vtep => vtep.Name), now.Plan.Vteps.Select(vtep => vtep.Name));
        Routers = Match(before.Plan.Routers.Select(router => router.Name), now.Plan.Routers.Select(router => router.Name));
        Peers = [.. before.Peers.Select(peer => Vteps[peer.Vtep] < 0 ? -1 : now.PeerOf(Vteps[peer.Vtep], peer.Address))];
        HasSameVlans = before.Plan.Segments.Index().All(segment => VlanOf(now.Plan, Segments[segment.Index]) is not ushort vlan || vlan == segment.Item.Vlan)
            && now.Plan.Segments.All(segment => before.SegmentOfVlan(segment.Vlan) is var known && (known < 0 || before.Plan.Segments[known].Name == segment.Name));
    }

    public int[] Ports { get; }

    public int[] Segments { get; }

    public int[] Vteps { get; }

    public int[] Routers { get; }

    /// <summary>Remote endpoints.</summary>
    public int[] Peers { get; }

    /// <summary>Whether a VLAN that both have is of the same segment in both.</summary>
    public bool HasSameVlans { get; }

    private static ushort? VlanOf(SwitchPlan plan, int segment) => segment < 0 ? null : plan.Segments[segment].Vlan;

    private static int[] Match(IEnumerable<string> before, IEnumerable<string> now)
    {
        Dictionary<string, int> numbers = now.Index().ToDictionary(item => item.Item, item => item.Index);
        return [.. before.Select(name => numbers.GetValueOrDefault(name, -1))];
    }
}
