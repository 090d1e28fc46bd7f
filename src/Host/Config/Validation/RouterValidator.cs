using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Packets;

namespace Weft.Host.Config.Validation;

/// <summary>Virtual routers: segments, networks that must not overlap, routes that must lead somewhere.</summary>
internal static class RouterValidator
{
    private const int LeastIPv6Mtu = 1280;
    private const int UsualMtu = 1500;

    public static void Validate(ValidationContext context)
    {
        foreach (RouterSection router in context.Document.Routers)
        {
            foreach (RouterInterfaceSection at in router.Interfaces)
            {
                ValidateInterface(at, context);
            }

            UniqueValidator.Check(router.Interfaces.Where(at => at.Segment.IsKnown).Select(at => ($"segment {Quoted.Of(at.Segment.Value)}", at.Segment.At)), "has an interface of this router already", context.Problems);
            ValidateNetworks(router, context.Problems);
            UniqueValidator.Check(router.Routes.Where(route => route.Prefix.IsKnown).Select(route => ($"{route.Prefix.Value}", route.Prefix.At)), "has a route already", context.Problems);
            foreach (RouteSection route in router.Routes)
            {
                ValidateRoute(route, router, context.Problems);
            }
        }

        IEnumerable<(string, Location)> macs = context.Document.Routers.SelectMany(router => router.Interfaces).Where(at => at.Segment.IsKnown && at.Addresses.Any(address => address.IsKnown))
            .Select(at => ($"{Mac(at)} in segment {Quoted.Of(at.Segment.Value)}", at.Mac.IsWritten ? at.Mac.At : at.At));
        UniqueValidator.Check(macs, "is the MAC address of another router already", context.Problems);
    }

    /// <summary>The MAC address, as written or locally administered and made of the first address: a gateway that many switches have is the same everywhere.</summary>
    public static MacAddress Mac(RouterInterfaceSection at)
    {
        if (at.Mac.IsKnown)
        {
            return at.Mac.Value;
        }

        TunnelAddress first = at.Addresses.First(address => address.IsKnown).Value.Address;
        return new MacAddress(0x0252_0000_0000UL | (first.IsIPv6 ? (uint)first.V6.Low : first.V4.Value));
    }

    /// <summary>The MTU, as written or the smallest of the ports in the segment.</summary>
    public static int Mtu(RouterInterfaceSection at, SwitchDocument document)
    {
        if (at.Mtu.IsKnown)
        {
            return at.Mtu.Value;
        }

        int vlan = document.Segments.First(segment => segment.Name.Value == at.Segment.Value).Vlan.Value;
        return document.Ports.Where(port => SegmentValidator.Carries(port, vlan)).Select(port => port.Mtu.Value).DefaultIfEmpty(UsualMtu).Min();
    }

    private static void ValidateInterface(RouterInterfaceSection at, ValidationContext context)
    {
        string[] segments = [.. context.Document.Segments.Where(segment => segment.Name.IsKnown).Select(segment => segment.Name.Value)];
        if (at.Segment.IsKnown && !segments.Contains(at.Segment.Value))
        {
            context.Problems.Error(at.Segment.At, $"no segment has the name {Quoted.Of(at.Segment.Value)}{NearestName.Hint(at.Segment.Value, segments)}");
        }

        SegmentSection? answering = at.Proxy is { IsKnown: true, Value: ProxyMode.Local } ? context.Document.Segments.Find(segment => segment.Name.IsKnown && segment.Name.Value == at.Segment.Value) : null;
        if (answering is { Suppression.Arp.Value: true } or { Suppression.Nd.Value: true })
        {
            context.Problems.Error(at.Proxy.At, $"segment {Quoted.Of(at.Segment.Value)} answers in the name of its machines, which would reach each other past the router", "'suppression: {arp: false, nd: false}' there");
        }

        if (at.Addresses.Count == 0)
        {
            context.Problems.Error(at.At, "the interface has no address", "'addresses' with one at least, such as 10.0.0.1/24");
        }

        if (at.Mtu is { IsWrittenAndKnown: true, Value: < LeastIPv6Mtu } && at.Addresses.Any(address => address is { IsKnown: true, Value.Address.IsIPv6: true }))
        {
            context.Problems.Error(at.Mtu.At, $"an MTU of {at.Mtu.Value} bytes is less than IPv6 asks of every link (RFC 8200 section 5)", $"{LeastIPv6Mtu} bytes at least");
        }

        foreach (Setting<InterfaceAddress> edge in at.Addresses.Where(address => address.IsKnown && IsEdge(address.Value)))
        {
            context.Problems.Error(edge.At, $"{edge.Value.Address} is the network's own or broadcast address", $"an address between the first and the last one of {edge.Value}");
        }

        foreach (NeighborSection neighbor in at.Neighbors.Where(neighbor => neighbor.Address.IsKnown))
        {
            if (!at.Addresses.Any(address => !address.IsKnown || (address.Value.Address.SharesPrefix(neighbor.Address.Value, address.Value.PrefixLength) && address.Value.Address != neighbor.Address.Value)))
            {
                context.Problems.Error(neighbor.Address.At, $"{neighbor.Address.Value} is no neighbour of this interface", "an address in one of its networks, and not its own");
            }
        }
    }

    private static void ValidateNetworks(RouterSection router, ProblemList problems)
    {
        Setting<InterfaceAddress>[] known = [.. router.Interfaces.SelectMany(at => at.Addresses).Where(address => address.IsKnown)];
        for (int i = 1; i < known.Length; i++)
        {
            int other = Array.FindIndex(known, 0, i, earlier => Overlap(earlier.Value, known[i].Value));
            if (other >= 0)
            {
                problems.Error(known[i].At, $"{known[i].Value} overlaps {known[other].Value} of the same router (line {known[other].At.Line})", "networks that have no address in common");
            }
        }
    }

    private static void ValidateRoute(RouteSection route, RouterSection router, ProblemList problems)
    {
        if (route.Action is { IsKnown: true, Value: not RouteAction.Forward })
        {
            if (route.Via.IsWritten)
            {
                problems.Error(route.Via.At, "a route that does not forward has no next hop", "'via' or an 'action', not both");
            }

            return;
        }

        if (!route.Via.IsWritten && route.Action.IsKnown)
        {
            problems.Error(route.At, "the route has no next hop", "'via', or an 'action' other than forward");
        }

        if (!route.Via.IsKnown || !route.Prefix.IsKnown)
        {
            return;
        }

        InterfaceAddress[] own = [.. router.Interfaces.SelectMany(at => at.Addresses).Where(address => address.IsKnown).Select(address => address.Value)];
        TunnelAddress via = route.Via.Value;
        if (via.IsIPv6 != route.Prefix.Value.Address.IsIPv6)
        {
            problems.Error(route.Via.At, $"{via} is not of the family of {route.Prefix.Value}", via.IsIPv6 ? "an IPv4 address" : "an IPv6 address");
        }
        else if (own.Any(address => address.Address == via))
        {
            problems.Error(route.Via.At, $"{via} is the router's own address", "the address of another router");
        }
        else if (!own.Any(address => address.Address.SharesPrefix(via, address.PrefixLength)))
        {
            problems.Error(route.Via.At, $"{via} is in the network of none of the router's interfaces", "an address that an interface reaches without a router");
        }
    }

    private static bool Overlap(InterfaceAddress left, InterfaceAddress right) => left.Address.SharesPrefix(right.Address, Math.Min(left.PrefixLength, right.PrefixLength));

    private static bool IsEdge(InterfaceAddress address)
    {
        uint host = uint.MaxValue >> Math.Min(address.PrefixLength, 31);
        return !address.Address.IsIPv6 && address.PrefixLength <= 30 && ((address.Address.V4.Value & host) == 0 || (address.Address.V4.Value & host) == host);
    }
}
