using Weft.Packets;

namespace Weft.Multicast;

/// <summary>Routes by group, then by source.</summary>
internal sealed class RouteTable(int segments)
{
    private readonly Dictionary<IPv6Address, GroupRoutes> _groups = [];

    public void Set(MulticastRoute route)
    {
        SnoopingOptions.Check(
            MulticastAddress.IsTrackable(route.Group), $"{nameof(MulticastRoute.Group)} {MulticastAddress.Format(route.Group)} must be a group of more than link scope.");
        foreach (int segment in route.Outgoing.Append(route.Incoming))
        {
            SnoopingOptions.Check((uint)segment < (uint)segments, $"{nameof(MulticastRoute.Incoming)} and {nameof(MulticastRoute.Outgoing)} must be segments from 0 to {segments - 1}, not {segment}.");
        }

        SnoopingOptions.Check(route.TtlThreshold is >= 1 and <= 254, $"{nameof(MulticastRoute.TtlThreshold)} must be 1 to 254, not {route.TtlThreshold}.");
        if (!_groups.TryGetValue(route.Group, out GroupRoutes? routes))
        {
            _groups[route.Group] = routes = new GroupRoutes();
        }

        if (route.Source is IPv6Address source)
        {
            routes.BySource[source] = route;
        }
        else
        {
            routes.AnySource = route;
        }
    }

    public bool Remove(IPv6Address group, IPv6Address? source)
    {
        if (!_groups.TryGetValue(group, out GroupRoutes? routes))
        {
            return false;
        }

        bool removed = source is IPv6Address one ? routes.BySource.Remove(one) : routes.AnySource is not null;
        routes.AnySource = source is null ? null : routes.AnySource;
        if (routes.AnySource is null && routes.BySource.Count == 0)
        {
            _ = _groups.Remove(group);
        }

        return removed;
    }

    /// <summary>The source's route, or that of all sources.</summary>
    /// <param name="group">The group.</param>
    /// <param name="source">The source.</param>
    /// <param name="readSource">True if the source mattered.</param>
    public MulticastRoute? Find(IPv6Address group, IPv6Address source, out bool readSource)
    {
        readSource = false;
        if (!_groups.TryGetValue(group, out GroupRoutes? routes))
        {
            return null;
        }

        readSource = routes.BySource.Count > 0;
        return routes.BySource.TryGetValue(source, out MulticastRoute? own) ? own : routes.AnySource;
    }

    private sealed class GroupRoutes
    {
        public MulticastRoute? AnySource { get; set; }

        public Dictionary<IPv6Address, MulticastRoute> BySource { get; } = [];
    }
}
