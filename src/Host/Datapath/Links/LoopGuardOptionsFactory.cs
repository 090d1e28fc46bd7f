using Weft.Bridge;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Links;

/// <summary>Turns a plan into the options of the loop guard.</summary>
internal static class LoopGuardOptionsFactory
{
    /// <returns>Null if no port has it.</returns>
    public static LoopGuardOptions? Create(SwitchPlan plan, HashSeed seed, Timestamp start) => !IsNeeded(plan) ? null : new LoopGuardOptions
    {
        Ports = [.. plan.Ports.Select(port => PortOf(plan, port))],
        Mac = LinkIdentity.Of(plan),
        Seed = seed,
        Start = start,
    };

    /// <summary>True if a port has it: then all ports of machines look for probes.</summary>
    public static bool IsNeeded(SwitchPlan plan) => plan.Ports.Any(port => port.LoopGuard is not null);

    private static LoopGuardPortOptions PortOf(SwitchPlan plan, PortPlan port) => port.LoopGuard is not LoopGuardPlan guard ? new LoopGuardPortOptions() : new LoopGuardPortOptions
    {
        // Without a segment nothing goes round.
        Vlans = [.. plan.Segments.Where(segment => segment.Vlan == port.NativeVlan).Select(_ => (ushort)0),
            .. plan.Segments.Where(segment => segment.Vlan != port.NativeVlan && port.VlanMode == VlanMode.Trunk && port.AllowedVlans.Contains(segment.Vlan)).Select(segment => segment.Vlan)],
        Interval = guard.Interval,
    };
}
