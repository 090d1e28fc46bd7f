using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Routing;
using Weft.Host.Stages;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Pictures of virtual routers, and what another switch learns from them.</summary>
internal static class RouterState
{
    /// <summary>Interfaces in the order of the configuration.</summary>
    public static IEnumerable<RouterInterfaceSnapshot> Interfaces(SwitchCore core) => core.Routers.Interfaces.Index().Select(at => new RouterInterfaceSnapshot(
        NameOf(core, at.Item),
        at.Item.Segment.Name,
        at.Item.Plan.Mac,
        at.Item.Plan.MtuBytes,
        [.. core.Routers.LocalsOf(at.Index).ToArray().Select(local => core.Routers.Locals[local].Network.ToString())],
        at.Item.Proxied));

    /// <summary>Routes, those with long prefixes first.</summary>
    public static IEnumerable<RouteSnapshot> Routes(SwitchCore core) => core.Routers.Tables.Index().SelectMany(table => table.Item.Targets
        .OrderBy(target => target.Prefix.Address.IsIPv6).ThenByDescending(target => target.Prefix.PrefixLength).ThenBy(target => target.Prefix.Address.ToString(), StringComparer.Ordinal)
        .Select(target => new RouteSnapshot(
            core.Plan.Routers[table.Index].Name,
            target.Prefix.ToString(),
            target.Kind.ToString().ToLowerInvariant(),
            target.Hop?.ToString(),
            target.Interface < 0 ? null : core.Routers.Interfaces[target.Interface].Segment.Name)));

    /// <summary>Neighbours.</summary>
    public static IEnumerable<RouterNeighborSnapshot> Neighbors(SwitchCore core, Timestamp now)
    {
        foreach (LocalAddress local in core.Routers.Locals)
        {
            RouterInterface at = core.Routers.Interfaces[local.Interface];
            for (int neighbor = 0; neighbor < local.Neighbors.Count; neighbor++)
            {
                VtepAddress address = local.Neighbors.Address(neighbor);
                NeighborState state = local.Neighbors.State(neighbor);
                yield return new RouterNeighborSnapshot(
                    NameOf(core, at),
                    at.Segment.Name,
                    address.IsIPv4 ? new TunnelAddress(address.V4) : new TunnelAddress(address.V6),
                    state is not NeighborState.Failed && local.Neighbors.Mac(neighbor) is { IsValidSource: true } mac ? mac : null,
                    state.ToString().ToLowerInvariant(),
                    Math.Max(0, (local.Neighbors.ReachableUntil(neighbor) - now).TotalSeconds));
            }
        }
    }

    /// <summary>Learns the neighbours that a snapshot remembers, as far as router and segment exist by name.</summary>
    public static void Restore(SwitchCore core, SwitchSnapshot state, Timestamp now)
    {
        foreach (RouterNeighborSnapshot neighbor in state.RouterNeighbors)
        {
            if (neighbor.Mac is not MacAddress mac)
            {
                continue;
            }

            foreach (LocalAddress local in core.Routers.Locals.Where(local => local.Contains(neighbor.Address)))
            {
                RouterInterface at = core.Routers.Interfaces[local.Interface];
                if (NameOf(core, at) == neighbor.Router && at.Segment.Name == neighbor.Segment
                    && local.Neighbors.TryTrackPassing(VtepOptionsFactory.AddressOf(neighbor.Address), now, out int known, out _))
                {
                    local.Neighbors.Remember(known, mac, now + TimeSpan.FromSeconds(neighbor.ReachableSeconds));
                }
            }
        }
    }

    private static string NameOf(SwitchCore core, RouterInterface at) => core.Plan.Routers[at.Router].Name;
}
