using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Workers;

/// <summary>
/// Has a small twin of the switch take another configuration once, beside the workers and before they do: code that has never run is compiled first, which
/// takes a hundred times as long as the exchange itself. The twin's ports lead nowhere.
/// </summary>
internal static class ReloadRehearsal
{
    private const int Room = 1024;

    /// <param name="plan">What is to be in force.</param>
    /// <param name="before">
    /// What is in force; null for the same. Two that were read apart are compared value by value, which one with itself never is.
    /// </param>
    /// <exception cref="ArgumentException">The plan is none that a switch could run.</exception>
    /// <exception cref="SwitchStartException">A key cannot be read.</exception>
    public static void Run(SwitchPlan plan, SwitchPlan? before = null)
    {
        SwitchPlan small = Small(plan);
        if (before is not null)
        {
            Exchange(Small(before), small);
        }

        ProbePort[] ports = PortsOf(plan);
        Timestamp now = Timestamp.Zero + TimeSpan.FromDays(1);
        using var twin = new Switch(small, ports, new SwitchOptions { Start = now }, trace: null, isRehearsal: true);
        // As it is; with a peer that comes and goes; with other tables, into which is copied.
        SwitchPlan wider = small with { Segments = [.. small.Segments.Select(segment => segment with { Peers = [.. PeersAndOne(small, segment)] })] };
        SwitchPlan larger = small with { Segments = [.. small.Segments.Select(segment => segment with { MaxMacs = segment.MaxMacs * 2 })] };
        foreach (SwitchPlan next in (SwitchPlan[])[small, wider, small, larger, small])
        {
            _ = twin.RunOnce(now);
            twin.Apply(next, twin.Ports);
            now += TimeSpan.FromSeconds(1);
        }

        _ = twin.RunOnce(now);
        _ = twin.Snapshot();
    }

    private static void Exchange(SwitchPlan before, SwitchPlan after)
    {
        Timestamp now = Timestamp.Zero + TimeSpan.FromDays(1);
        using var twin = new Switch(before, PortsOf(before), new SwitchOptions { Start = now }, trace: null, isRehearsal: true);
        _ = twin.RunOnce(now);
        twin.Apply(after, before.Ports.SequenceEqual(after.Ports) ? twin.Ports : PortsOf(after));
        _ = twin.RunOnce(now);
    }

    private static ProbePort[] PortsOf(SwitchPlan plan) => [.. plan.Ports.Select(port => new ProbePort(port.Name, port.MtuBytes))];

    /// <summary>The peers of a segment and the address beside the own one, where there may be nobody: no frame comes so far.</summary>
    private static IEnumerable<TunnelAddress> PeersAndOne(SwitchPlan plan, SegmentPlan segment)
    {
        if (segment.Vtep < 0)
        {
            return segment.Peers;
        }

        TunnelAddress own = plan.Vteps[segment.Vtep].Address;
        TunnelAddress beside = own.IsIPv6 ? new TunnelAddress(new IPv6Address(own.V6.High, own.V6.Low ^ 1)) : new TunnelAddress(new IPv4Address(own.V4.Value ^ 1));
        return segment.Peers.Append(beside).Distinct();
    }

    /// <summary>The same parts with little room, and nothing that is written or shared with other processes.</summary>
    private static SwitchPlan Small(SwitchPlan plan) => plan with
    {
        PoolBuffers = Math.Min(plan.PoolBuffers, Room),
        Segments = [.. plan.Segments.Select(segment => segment with { MaxMacs = Math.Min(segment.MaxMacs, Room) })],
        Nats = [.. plan.Nats.Select(nat => nat with { Entries = Math.Min(nat.Entries, Room), Machines = Math.Min(nat.Machines, Room) })],
        Lbs = [.. plan.Lbs.Select(lb => lb with { Flows = Math.Min(lb.Flows, Room) })],
        Machines = [.. plan.Machines.Where(machine => !machine.Services.Any(service => plan.Services[service].Container is not null))
            .Select(machine => machine with { IPv4Flows = Math.Min(machine.IPv4Flows, Room), IPv6Flows = Math.Min(machine.IPv6Flows, Room), HalfOpenFlows = null })],
        Mesh = plan.Mesh is MeshHostPlan mesh ? mesh with { Flows = Math.Min(mesh.Flows, Room) } : null,
        Ids = [.. plan.Ids.Select(sensor => sensor with { EvePath = null, FastLogPath = null, PcapPath = null })],
        Bridges = [],
        Analytics = null,
        Sase = plan.Sase is SasePlan sase ? sase with { Flows = Math.Min(sase.Flows, Room), SessionLogPath = null } : null,
    };
}
