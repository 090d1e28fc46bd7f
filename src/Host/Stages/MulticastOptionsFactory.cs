using Weft.Host.Config;
using Weft.Host.Datapath.Groups;
using Weft.Host.Observe;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Says a configured switch in the words of Weft.Multicast.</summary>
internal static class MulticastOptionsFactory
{
    /// <summary>An underlay port has no listeners.</summary>
    private static readonly SnoopingPortOptions NoListeners = new() { MaxGroups = 0, MaxSources = 0 };

    public static MulticastSwitchOptions Create(MulticastPlaces places, HashSeed seed, Timestamp start)
    {
        SwitchPlan plan = places.Topology.Plan;
        return new MulticastSwitchOptions
        {
            Snooping = new SnoopingOptions
            {
                Ports = [.. plan.Ports.Select(PortOf), .. Enumerable.Repeat(new SnoopingPortOptions(), places.Count - places.LocalPorts)],
                Segments = [.. places.Segments.Select(segment => SnoopingOf(places, segment))],
                Seed = seed,
                Start = start,
                Robustness = plan.Multicast.Robustness,
                QueryInterval = plan.Multicast.QueryInterval,
                QueryResponseInterval = plan.Multicast.QueryResponse,
                LastMemberQueryInterval = plan.Multicast.LastMemberQuery,
                Strictness = plan.Multicast.Strictness,
            },
            Segments = [.. places.Segments.Select(segment => SegmentOf(places, segment))],
            FlowCapacity = plan.Multicast.Flows,
            ActionBlocks = plan.Multicast.ActionBlocks,
            FlowIdle = plan.Multicast.FlowIdle,
        };
    }

    /// <summary>True if engines that are made for two configurations are the same, numbers of places included.</summary>
    public static bool IsSame(MulticastPlaces old, MulticastPlaces now)
    {
        (SwitchPlan before, SwitchPlan after) = (old.Topology.Plan, now.Topology.Plan);
        return before.Multicast with { Routes = after.Multicast.Routes } == after.Multicast
            && before.Multicast.Routes.Count + after.Multicast.Routes.Count == 0
            && before.Ports.Select(port => (port.Name, port.Role, port.Multicast, port.NativeVlan)).SequenceEqual(after.Ports.Select(port => (port.Name, port.Role, port.Multicast, port.NativeVlan)))
            && old.Segments.Count == now.Segments.Count
            && old.Segments.Zip(now.Segments).All(pair => IsSame(before, before.Segments[pair.First], after, after.Segments[pair.Second]));
    }

    private static bool IsSame(SwitchPlan before, SegmentPlan old, SwitchPlan after, SegmentPlan now) =>
        (old.Name, old.Vlan) == (now.Name, now.Vlan)
        && old.Peers.SequenceEqual(now.Peers)
        && (old.Vtep < 0 ? "" : before.Vteps[old.Vtep].Name) == (now.Vtep < 0 ? "" : after.Vteps[now.Vtep].Name)
        && before.Ports.Select(port => SwitchState.IsMember(port, old.Vlan)).SequenceEqual(after.Ports.Select(port => SwitchState.IsMember(port, now.Vlan)))
        && old.Multicast with { RouterPorts = now.Multicast.RouterPorts, RouterPeers = now.Multicast.RouterPeers, Static = now.Multicast.Static } == now.Multicast
        && old.Multicast.RouterPorts.SequenceEqual(now.Multicast.RouterPorts)
        && old.Multicast.RouterPeers.SequenceEqual(now.Multicast.RouterPeers)
        && old.Multicast.Static.SequenceEqual(now.Multicast.Static);

    /// <summary>A configured route; its segments snoop.</summary>
    public static MulticastRoute RouteOf(MulticastPlaces places, MulticastRoutePlan route) => new()
    {
        Group = MulticastPlanBuilder.Mapped(route.Group),
        Source = route.Source is TunnelAddress source ? MulticastPlanBuilder.Mapped(source) : null,
        Incoming = places.SegmentOf(route.From),
        Outgoing = [.. route.To.Select(places.SegmentOf)],
        TtlThreshold = route.TtlThreshold,
    };

    private static SnoopingPortOptions PortOf(PortPlan port) => port.Role != PortRole.Access ? NoListeners : new SnoopingPortOptions
    {
        FastLeave = port.Multicast.FastLeave,
        MaxGroups = port.Multicast.MaxGroups,
        MaxSources = port.Multicast.MaxSources,
        MaxMessagesPerSecond = port.Multicast.MaxMessagesPerSecond,
        AcceptQueries = port.Multicast.AcceptQueries,
    };

    private static SnoopingSegmentOptions SnoopingOf(MulticastPlaces places, int segment)
    {
        SegmentPlan of = places.Topology.Plan.Segments[segment];
        SegmentMulticastPlan plan = of.Multicast;
        int PlaceOf(TunnelAddress peer) => places.OfPeer(places.Topology.PeerOf(of.Vtep, peer));
        return new SnoopingSegmentOptions
        {
            Unregistered = plan.Unregistered,
            RouterPorts = [.. plan.RouterPorts, .. plan.RouterPeers.Select(PlaceOf)],
            ReportPorts = plan.OnlyJoinedPeers ? [.. of.Peers.Select(PlaceOf)] : [],
            QuerierIPv4 = plan.QuerierIPv4,
            QuerierIPv6 = plan.QuerierIPv6,
            QuerierMac = plan.QuerierMac,
            IgmpVersion = plan.IgmpVersion,
            MldVersion = plan.MldVersion,
            ProxyReporting = plan.ProxyReporting,
            Static =
            [
                .. plan.Static.Select(entry => new StaticMembership
                {
                    Port = entry.Peer is TunnelAddress peer ? PlaceOf(peer) : entry.Port,
                    Group = MulticastPlanBuilder.Mapped(entry.Group),
                    Source = entry.Source is TunnelAddress source ? MulticastPlanBuilder.Mapped(source) : null,
                }),
            ],
        };
    }

    private static MulticastSegmentOptions SegmentOf(MulticastPlaces places, int segment)
    {
        SwitchPlan plan = places.Topology.Plan;
        SegmentPlan of = plan.Segments[segment];
        IEnumerable<SegmentMember> ports = plan.Ports.Index()
            .Where(port => SwitchState.IsMember(port.Item, of.Vlan))
            .Select(port => new SegmentMember { Port = port.Index, Vlan = port.Item.NativeVlan == of.Vlan ? (ushort)0 : of.Vlan });
        return new MulticastSegmentOptions
        {
            Members = [.. ports, .. places.PeersOf(segment).Select(peer => new SegmentMember { Port = places.OfPeer(peer), IsVtep = true })],
            SelectiveVteps = of.Multicast.OnlyJoinedPeers,
            RouterMac = of.Multicast.RouterMac,
        };
    }
}
