using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Turns a plan into the options of the guard.</summary>
internal static class GuardOptionsFactory
{
    private const int MinCapacity = 1024;

    public static AccessGuardOptions Create(SwitchTopology topology, HashSeed seed, Timestamp start)
    {
        SwitchPlan plan = topology.Plan;
        ushort[][] vlans = [.. plan.Ports.Select(port => plan.Segments.Select(segment => segment.Vlan).Where(vlan => SwitchState.IsMember(port, vlan)).ToArray())];
        // As many as there can be machines, and slack for hashing.
        int needed = plan.Segments.Sum(segment => segment.MaxMacs) + plan.Ports.Index().Sum(port => port.Item.Guard.Addresses.Count * vlans[port.Index].Length);
        return new AccessGuardOptions
        {
            Ports = [.. plan.Ports.Select(PortOf)],
            VlansOfPorts = vlans,
            Capacity = Math.Max(MinCapacity, needed + (needed / 4)),
            Seed = seed,
            Start = start,
        };
    }

    private static GuardPortOptions PortOf(PortPlan port) => new()
    {
        Pvid = port.NativeVlan,
        Snoops = port.Guard.Snoops,
        ChecksSources = port.Guard.ChecksSources,
        DhcpPerSecond = port.Guard.DhcpPerSecond,
        Addresses4 = [.. port.Guard.Addresses.Where(address => !address.IsIPv6).Select(address => address.V4)],
        Addresses6 = [.. port.Guard.Addresses.Where(address => address.IsIPv6).Select(address => address.V6)],
    };
}
