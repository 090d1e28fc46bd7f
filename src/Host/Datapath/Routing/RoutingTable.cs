using Weft.Flows;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>The routes of one router: static ones, the networks of its interfaces, its own addresses. Immutable.</summary>
internal sealed class RoutingTable
{
    private readonly PrefixTable4 _v4;
    private readonly PrefixTable6 _v6;
    private readonly RouteTarget[] _targets;

    public RoutingTable(RouterPlan plan, IReadOnlyList<LocalAddress> locals, int firstLocal)
    {
        var routes = new Dictionary<NetworkAddress, RouteTarget>();
        foreach (RoutePlan route in plan.Routes)
        {
            routes[route.Prefix] = Static(route, locals, firstLocal);
        }

        // What is known of the own links outranks what somebody says about them.
        foreach ((int index, LocalAddress local) in locals.Index().Where(local => !IsLinkLocal(local.Item.Address)))
        {
            NetworkAddress network = Cut(local.Network);
            Add(routes, new RouteTarget(RouteKind.Connected, network, local.Interface, firstLocal + index));
            foreach (TunnelAddress edge in Edges(local.Network))
            {
                Add(routes, new RouteTarget(RouteKind.Broadcast, Host(edge), local.Interface, firstLocal + index));
            }
        }

        foreach ((int index, LocalAddress local) in locals.Index().Where(local => !IsLinkLocal(local.Item.Address)))
        {
            Add(routes, new RouteTarget(RouteKind.Local, Host(local.Address), local.Interface, firstLocal + index));
        }

        _targets = [.. routes.Values];
        _v4 = new PrefixTable4([.. _targets.Index().Where(target => !target.Item.Prefix.Address.IsIPv6)
            .Select(target => KeyValuePair.Create(new IPv4Prefix(target.Item.Prefix.Address.V4, target.Item.Prefix.PrefixLength), target.Index))]);
        _v6 = new PrefixTable6([.. _targets.Index().Where(target => target.Item.Prefix.Address.IsIPv6)
            .Select(target => KeyValuePair.Create(new IPv6Prefix(target.Item.Prefix.Address.V6, target.Item.Prefix.PrefixLength), target.Index))]);
    }

    /// <summary>All routes.</summary>
    public IReadOnlyList<RouteTarget> Targets => _targets;

    /// <summary>The best route to an address, null if there is none.</summary>
    public RouteTarget? Find(IPv4Address address) => Target(_v4.Find(address));

    /// <summary>The best route to an address, null if there is none.</summary>
    public RouteTarget? Find(IPv6Address address) => Target(_v6.Find(address));

    /// <summary>True for addresses that mean something on their link only (RFC 4291 section 2.5.6).</summary>
    public static bool IsLinkLocal(TunnelAddress address) => address.IsIPv6 && IsLinkLocal(address.V6);

    /// <summary>True for addresses that mean something on their link only (RFC 4291 section 2.5.6).</summary>
    public static bool IsLinkLocal(IPv6Address address) => address.High >> 54 == 0xFE80 >> 6;

    private static RouteTarget Static(RoutePlan route, IReadOnlyList<LocalAddress> locals, int firstLocal)
    {
        RouteKind kind = route.Action switch
        {
            RouteAction.Forward => RouteKind.Via,
            RouteAction.Blackhole => RouteKind.Blackhole,
            RouteAction.Prohibit => RouteKind.Prohibit,
            _ => RouteKind.Unreachable,
        };
        if (route.Via is not TunnelAddress via)
        {
            return new RouteTarget(kind, route.Prefix);
        }

        int local = Position.Of(locals, known => known.Contains(via));
        int neighbor = locals[local].Neighbors.Track(Stages.VtepOptionsFactory.AddressOf(via));
        return new RouteTarget(kind, route.Prefix, locals[local].Interface, firstLocal + local, neighbor, via);
    }

    private static void Add(Dictionary<NetworkAddress, RouteTarget> routes, RouteTarget target) => routes[target.Prefix] = target;

    private static NetworkAddress Host(TunnelAddress address) => new(address, address.Bits);

    private static NetworkAddress Cut(NetworkAddress network) => new(
        network.Address.IsIPv6
            ? new TunnelAddress(new IPv6Prefix(network.Address.V6, network.PrefixLength).Address)
            : new TunnelAddress(new IPv4Prefix(network.Address.V4, network.PrefixLength).Address),
        network.PrefixLength);

    /// <summary>Addresses of an IPv4 network that no host has; one of two (RFC 3021) or of one has none such.</summary>
    private static IEnumerable<TunnelAddress> Edges(NetworkAddress network)
    {
        if (network.Address.IsIPv6 || network.PrefixLength > 30)
        {
            yield break;
        }

        uint first = Cut(network).Address.V4.Value;
        yield return new TunnelAddress(new IPv4Address(first));
        yield return new TunnelAddress(new IPv4Address(first | (uint.MaxValue >> network.PrefixLength)));
    }

    private RouteTarget? Target(int index) => index < 0 ? null : _targets[index];
}
