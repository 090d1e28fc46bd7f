using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Reads out whose addresses are known, and hands them to another switch.</summary>
internal static class GuardState
{
    public static GuardSnapshot? Capture(SwitchCore core, Timestamp now, SnapshotParts parts) => core.Guard is not AccessGuard guard ? null : new GuardSnapshot
    {
        Bound = guard.Counters.Bound,
        Released = guard.Counters.Released,
        Expired = guard.Counters.Expired,
        TableFull = guard.Counters.TableFull,
        Bindings = parts.HasFlag(SnapshotParts.Bindings) ? [.. guard.ToList(now).Select(binding => Of(core, binding, now))] : [],
    };

    /// <summary>Takes leases over, as far as port and segment exist by name.</summary>
    public static void Restore(SwitchCore core, SwitchSnapshot state, Timestamp now)
    {
        foreach (GuardBindingSnapshot known in state.Guard?.Bindings ?? [])
        {
            int port = Position.Of(core.Plan.Ports, candidate => candidate.Name == known.Port);
            int segment = Position.Of(core.Plan.Segments, candidate => candidate.Name == known.Segment);
            if (core.Guard is null || known.IsStatic || port < 0 || segment < 0)
            {
                continue;
            }

            IPv6Address address = known.Address.IsIPv6 ? known.Address.V6 : IPv6Address.MapIPv4(known.Address.V4);
            Timestamp expires = known.LeaseSeconds is double left ? now + TimeSpan.FromSeconds(left) : Timestamp.MaxValue;
            core.Guard.Restore(new GuardBinding(port, core.Plan.Segments[segment].Vlan, !known.Address.IsIPv6, address, known.Mac ?? MacAddress.Zero, expires, IsStatic: false));
        }
    }

    /// <summary>Goes on with the leases of the configuration before, as far as port and segment exist by name.</summary>
    public static void CarryOver(SwitchCore core, SwitchCore old, NewNumbers numbers, Timestamp now)
    {
        foreach (GuardBinding known in core.Guard is null || old.Guard is null ? [] : old.Guard.ToList(now))
        {
            int segment = old.Topology.SegmentOfVlan(known.Vlan) is >= 0 and int before ? numbers.Segments[before] : -1;
            if (!known.IsStatic && numbers.Ports[known.Port] is >= 0 and int port && segment >= 0)
            {
                core.Guard!.Restore(known with { Port = port, Vlan = core.Plan.Segments[segment].Vlan });
            }
        }
    }

    private static GuardBindingSnapshot Of(SwitchCore core, in GuardBinding binding, Timestamp now) => new(
        core.Plan.Ports[binding.Port].Name,
        core.Topology.SegmentOfVlan(binding.Vlan) is >= 0 and int segment ? core.Plan.Segments[segment].Name : $"{binding.Vlan}",
        binding.IsIPv4 ? new TunnelAddress(new IPv4Address((uint)binding.Address.Low)) : new TunnelAddress(binding.Address),
        binding.Mac == MacAddress.Zero ? null : binding.Mac,
        binding.IsStatic,
        binding.Expires == Timestamp.MaxValue ? null : (binding.Expires - now).TotalSeconds);
}
