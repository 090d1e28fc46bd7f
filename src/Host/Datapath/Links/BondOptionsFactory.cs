using Weft.Bridge;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Links;

/// <summary>Turns a plan into the options of link aggregation.</summary>
internal static class BondOptionsFactory
{
    /// <returns>Null if there is no bond.</returns>
    public static LinkAggregatorOptions? Create(SwitchPlan plan, BondDirectory bonds, HashSeed seed, Timestamp start) => bonds.Ports.Length == 0 ? null : new LinkAggregatorOptions
    {
        PortCount = plan.Ports.Count,
        Groups = [.. bonds.Ports.Select(port => GroupOf(plan, plan.Ports[port].Bond!))],
        System = LinkIdentity.Of(plan),
        Seed = seed,
        Start = start,
    };

    private static LinkGroupOptions GroupOf(SwitchPlan plan, BondPlan bond) => new()
    {
        Members = [.. bond.Members.Select(member => new LinkMemberOptions { Port = member, Priority = plan.Ports[member].BondPriority })],
        Mode = bond.Mode,
        SystemPriority = bond.SystemPriority,
        FastRate = bond.FastRate,
        MinLinks = bond.MinLinks,
        MaxLinks = bond.MaxLinks,
        Fallback = bond.Fallback,
    };
}
