using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>Multicast: addresses of queriers, places of routers and static members, routes, what fits into memory.</summary>
internal static class MulticastValidator
{
    /// <summary>Ports and tunnel peers together (Weft.Multicast numbers both).</summary>
    private const int MaxPlaces = 4096;

    /// <summary>Pairs of segment and place.</summary>
    private const int MaxPairs = 1 << 20;

    /// <summary>Groups of all places together: about 250 bytes each.</summary>
    private const int MaxGroups = 1 << 20;

    public static void Validate(ValidationContext context)
    {
        MulticastSection section = context.Document.Multicast;
        if (section.QueryResponseMilliseconds.IsKnown && section.QueryIntervalSeconds.IsKnown && section.QueryResponseMilliseconds.Value >= 1000 * section.QueryIntervalSeconds.Value)
        {
            context.Problems.Error(section.QueryResponseMilliseconds.At, $"hosts may take {section.QueryResponseMilliseconds.Value} ms to answer and are asked again every {section.QueryIntervalSeconds.Value} s", "less than queryIntervalSeconds");
        }

        foreach (MulticastRouteSection route in section.Routes)
        {
            ValidateRoute(route, context);
        }

        foreach (SegmentSection segment in context.Document.Segments)
        {
            ValidateSegment(segment, context);
        }

        ValidateCapacity(context);
    }

    private static void ValidateSegment(SegmentSection segment, ValidationContext context)
    {
        SegmentMulticastSection multicast = segment.Multicast;
        ValidateQuerier(multicast, context.Problems);
        foreach (Setting<string> name in multicast.RouterPorts)
        {
            ValidatePort(name, segment, context);
        }

        foreach (Setting<TunnelAddress> peer in multicast.RouterPeers)
        {
            ValidatePeer(peer, segment, context.Problems);
        }

        foreach (StaticGroupSection entry in multicast.Static)
        {
            if (entry.Port.IsWritten == entry.Peer.IsWritten)
            {
                context.Problems.Error(entry.At, entry.Port.IsWritten ? "a static group has 'port' and 'peer'" : "a static group has neither 'port' nor 'peer'", "exactly one of them");
            }

            ValidatePort(entry.Port, segment, context);
            ValidatePeer(entry.Peer, segment, context.Problems);
            ValidateFamily(entry.Group, entry.Source, context.Problems);
        }

        if (multicast.IsWritten && multicast.Snooping is { IsKnown: true, Value: false } && (multicast.Static.Count > 0 || multicast.Querier.IsWritten))
        {
            context.Problems.Warning(multicast.Snooping.At, $"segment {Quoted.Of(segment.Name.Value ?? "")} does not snoop, so its other multicast keys have no effect");
        }
    }

    private static void ValidateQuerier(SegmentMulticastSection multicast, ProblemList problems)
    {
        QuerierSection querier = multicast.Querier;
        if (querier.IPv4 is { IsKnown: true, Value.IsIPv6: true })
        {
            problems.Error(querier.IPv4.At, $"{querier.IPv4.Value} is an IPv6 address", "an IPv4 address, or the key 'ipv6'");
        }

        if (querier.IPv6.IsKnown && !(querier.IPv6.Value.IsIPv6 && querier.IPv6.Value.V6.IsLinkLocal))
        {
            problems.Error(querier.IPv6.At, $"{querier.IPv6.Value} is not link-local, and nobody would believe its queries (RFC 3810 section 5.1.14)", "an address of fe80::/10");
        }

        bool hasSource = querier.Mac.IsWritten || querier.IPv4.IsWritten || querier.IPv6.IsWritten;
        if (multicast.ProxyReporting is { IsKnown: true, Value: true } && !hasSource)
        {
            problems.Error(multicast.ProxyReporting.At, "proxy reports have no source", "an address or 'mac' under 'querier'");
        }

        if (multicast is { ProxyReporting: { IsKnown: true, Value: true }, OnlyJoinedPeers: { IsKnown: true, Value: true } })
        {
            problems.Error(multicast.ProxyReporting.At, "with 'onlyJoinedPeers' every remote endpoint needs the hosts' own reports", "one of the two");
        }
    }

    private static void ValidatePort(Setting<string> name, SegmentSection segment, ValidationContext context)
    {
        if (context.FindPort(name) is { Role.IsKnown: true, Vlan.Mode.IsKnown: true } port && segment.Vlan.IsKnown && !SegmentValidator.Carries(port, segment.Vlan.Value))
        {
            context.Problems.Error(name.At, $"port {Quoted.Of(name.Value)} does not carry VLAN {segment.Vlan.Value} of this segment", "an access-role port of that VLAN");
        }
    }

    private static void ValidatePeer(Setting<TunnelAddress> peer, SegmentSection segment, ProblemList problems)
    {
        if (peer.IsKnown && segment.Peers.All(known => known.IsKnown && known.Value != peer.Value))
        {
            problems.Error(peer.At, $"{peer.Value} is no peer of this segment", "one of 'peers'");
        }
    }

    private static void ValidateFamily(Setting<TunnelAddress> group, Setting<TunnelAddress> source, ProblemList problems)
    {
        if (group.IsKnown && source.IsKnown && group.Value.IsIPv6 != source.Value.IsIPv6)
        {
            problems.Error(source.At, $"{source.Value} is not of the family of its group, {group.Value}", group.Value.IsIPv6 ? "an IPv6 address" : "an IPv4 address");
        }
    }

    private static void ValidateRoute(MulticastRouteSection route, ValidationContext context)
    {
        ValidateFamily(route.Group, route.Source, context.Problems);
        _ = FindSnooping(route.From, context);
        if (route.To.Count == 0)
        {
            context.Problems.Error(route.At, "the route leads nowhere", "'to' with the name of one segment at least");
        }

        foreach (Setting<string> name in route.To)
        {
            if (FindSnooping(name, context) is not SegmentSection segment)
            {
                continue;
            }

            if (!segment.Multicast.RouterMac.IsWritten)
            {
                context.Problems.Error(name.At, $"segment {Quoted.Of(name.Value)} has no 'multicast.routerMac', the source of what is routed into it", "a segment with a router's MAC address");
            }

            if (route.From.IsKnown && route.From.Value == name.Value)
            {
                context.Problems.Error(name.At, $"segment {Quoted.Of(name.Value)} is where the data comes from", "another segment");
            }
        }
    }

    private static SegmentSection? FindSnooping(Setting<string> name, ValidationContext context)
    {
        if (!name.IsKnown)
        {
            return null;
        }

        SegmentSection? segment = context.Document.Segments.FirstOrDefault(one => one.Name.IsKnown && one.Name.Value == name.Value);
        if (segment is null)
        {
            string[] known = context.Document.Segments.Where(one => one.Name.IsKnown).Select(one => one.Name.Value).ToArray();
            context.Problems.Error(name.At, $"no segment has the name {Quoted.Of(name.Value)}{NearestName.Hint(name.Value, known)}");
        }
        else if (segment.Multicast.Snooping is { IsKnown: true, Value: false })
        {
            context.Problems.Error(name.At, $"segment {Quoted.Of(name.Value)} does not snoop, so who listens there is not known", "a segment with 'multicast.snooping: true'");
        }

        return segment;
    }

    private static void ValidateCapacity(ValidationContext context)
    {
        SegmentSection[] snooping = context.Document.Segments.Where(segment => segment.Multicast.Snooping is { IsKnown: true, Value: true }).ToArray();
        if (snooping.Length == 0)
        {
            return;
        }

        int peers = snooping.SelectMany(segment => segment.Peers.Where(peer => peer.IsKnown).Select(peer => (segment.Vtep.Value, peer.Value))).Distinct().Count();
        int places = context.Document.Ports.Count + peers;
        long groups = context.Document.Ports.Sum(port => (long)port.Multicast.MaxGroups.Value) + (peers * 1024L);
        Location at = snooping[^1].Multicast.Snooping.At;
        if (places > MaxPlaces || (long)places * snooping.Length > MaxPairs)
        {
            context.Problems.Error(at, $"{snooping.Length} segments snoop at {places} ports and tunnel peers", $"at most {MaxPlaces} of those, and {MaxPairs} pairs");
        }
        else if (groups > MaxGroups)
        {
            context.Problems.Error(at, $"all ports and tunnel peers together may join {groups} groups", $"at most {MaxGroups}; lower 'multicast.maxGroups' of ports");
        }
    }
}
