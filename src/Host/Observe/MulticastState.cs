using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Groups;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Reads out what the multicast engine knows, and hands it to that of another switch.</summary>
internal static class MulticastState
{
    public static MulticastSnapshot? Capture(SwitchCore core, Timestamp now, SnapshotParts parts)
    {
        if (core.Multicast is not MulticastDriver driver)
        {
            return null;
        }

        SnooperSnapshot state = driver.Engine.Snooper.Snapshot(now);
        return new MulticastSnapshot
        {
            Segments = [.. state.Queriers.Select(querier => SegmentOf(driver.Places, querier, state.Routers))],
            Groups = parts.HasFlag(SnapshotParts.MulticastGroups) ? [.. state.Memberships.Select(one => GroupOf(driver.Places, one))] : [],
            Flows = parts.HasFlag(SnapshotParts.MulticastFlows) ? [.. driver.Engine.Flows(driver.Places.NameOf).Select(flow => FlowOf(driver.Places, flow))] : [],
            Counters = CountersOf(driver.Totals),
        };
    }

    /// <summary>Goes on with what a snapshot remembers, as far as segment and place exist by name. Flows are recorded anew by their next frames.</summary>
    public static void Restore(SwitchCore core, SwitchSnapshot state, Timestamp now) => Restore(core, state.Multicast, now);

    /// <summary>Goes on with what was known under the configuration before.</summary>
    public static void CarryOver(SwitchCore core, SwitchCore old, Timestamp now)
    {
        if (core.Multicast is not null && (old.Multicast is null || !core.Multicast.GoesOnWith(old.Multicast)))
        {
            Restore(core, Capture(old, now, SnapshotParts.MulticastGroups), now);
        }
    }

    private static void Restore(SwitchCore core, MulticastSnapshot? old, Timestamp now)
    {
        if (core.Multicast is not MulticastDriver driver || old is null)
        {
            return;
        }

        var names = new NameFinder(driver.Places);
        driver.Engine.Snooper.Restore(
            new SnooperSnapshot
            {
                Memberships = [.. old.Groups.Select(group => MembershipOf(names, group)).OfType<MembershipSnapshot>()],
                Routers = [.. old.Segments.SelectMany(segment => RoutersOf(names, segment))],
                Queriers = [.. old.Segments.Select(segment => QuerierOf(names, segment)).OfType<QuerierSnapshot>()],
            },
            now);
    }

    private static MulticastSegmentSnapshot SegmentOf(MulticastPlaces places, QuerierSnapshot querier, IReadOnlyList<RouterSnapshot> routers) => new()
    {
        Segment = NameOf(places, querier.Segment),
        Family = querier.IsIPv6 ? "ipv6" : "ipv4",
        Unregistered = places.Topology.Plan.Segments[places.Segments[querier.Segment]].Multicast.Unregistered switch
        {
            UnregisteredPolicy.RouterPortsOnly => "routers",
            UnregisteredPolicy.Flood => "flood",
            _ => "flood-until-querier",
        },
        IsQuerier = querier.IsSelf,
        OtherQuerier = querier.Other is IPv6Address other ? MulticastPlanBuilder.Unmapped(other) : null,
        QuerierSeconds = querier.Remaining.TotalSeconds,
        StartupQueries = querier.StartupLeft,
        IsSettled = querier.IsSettled,
        SettlesInSeconds = querier.SettlesIn.TotalSeconds,
        Routers =
        [
            .. routers.Where(router => router.Segment == querier.Segment && router.IsIPv6 == querier.IsIPv6)
                .Select(router => new MulticastRouterSnapshot(PortOf(places, router.Port), PeerOf(places, router.Port), router.Remaining.TotalSeconds)),
        ],
    };

    private static MulticastGroupSnapshot GroupOf(MulticastPlaces places, MembershipSnapshot one) => new()
    {
        Segment = NameOf(places, one.Segment),
        Group = MulticastPlanBuilder.Unmapped(one.Group),
        Port = PortOf(places, one.Port),
        Peer = PeerOf(places, one.Port),
        Mode = one.IsExclude ? "exclude" : "include",
        RemainingSeconds = one.Remaining.TotalSeconds,
        Sources = [.. one.Forwarded.Select((source, at) => new MulticastSourceSnapshot(MulticastPlanBuilder.Unmapped(source), one.IsStatic ? 0 : one.ForwardedRemaining[at].TotalSeconds))],
        Blocked = [.. one.Blocked.Select(MulticastPlanBuilder.Unmapped)],
        IsStatic = one.IsStatic,
        Hosts = [.. one.Hosts.Select(host => new MulticastHostSnapshot(host.Mac, host.Remaining.TotalSeconds))],
        HostsAreAll = one.HostsAreAll,
        Version1Seconds = one.Version1Remaining.TotalSeconds,
        Version2Seconds = one.Version2Remaining.TotalSeconds,
    };

    private static MulticastFlowSnapshot FlowOf(MulticastPlaces places, FlowSnapshot flow) => new()
    {
        Segment = NameOf(places, flow.Segment),
        Ingress = places.NameOf(flow.Ingress),
        Source = flow.Source is IPv6Address source ? MulticastPlanBuilder.Unmapped(source) : null,
        Group = MulticastPlanBuilder.Unmapped(flow.Group),
        Frames = flow.Frames,
        IsCurrent = flow.IsCurrent,
        Actions = flow.Actions,
    };

    private static MulticastCountersSnapshot CountersOf(in MulticastTotals totals) => new()
    {
        FastPath = totals.Frames.FastPath,
        SlowPath = totals.Frames.SlowPath,
        Replicas = totals.Frames.Replicas,
        NoListener = totals.Frames.NoListener,
        ReversePath = totals.Frames.RpfFailures,
        Scope = totals.Frames.TtlTooLow,
        Invalidated = totals.Frames.Invalidated,
        Evicted = totals.Frames.Evicted,
        Uncached = totals.Frames.Uncached,
        Reports = totals.Messages.Reports,
        Queries = totals.Messages.Queries,
        QueriesSent = totals.Messages.QueriesSent,
        IgnoredGroups = totals.Messages.IgnoredGroups,
        UnknownRecords = totals.Messages.UnknownRecords,
        GroupLimit = totals.Messages.GroupLimit,
        SourceLimit = totals.Messages.SourceLimit,
        Expired = totals.Messages.Expired,
        FastLeaves = totals.Messages.FastLeaves,
    };

    private static MembershipSnapshot? MembershipOf(NameFinder names, MulticastGroupSnapshot group)
    {
        if (group.IsStatic || !names.TryFind(group.Segment, group.Port, group.Peer, out int segment, out int place))
        {
            return null;
        }

        return new MembershipSnapshot
        {
            Segment = segment,
            Group = MulticastPlanBuilder.Mapped(group.Group),
            Port = place,
            IsExclude = group.Mode == "exclude",
            Remaining = TimeSpan.FromSeconds(group.RemainingSeconds),
            Forwarded = [.. group.Sources.Select(source => MulticastPlanBuilder.Mapped(source.Address))],
            ForwardedRemaining = [.. group.Sources.Select(source => TimeSpan.FromSeconds(source.RemainingSeconds))],
            Blocked = [.. group.Blocked.Select(MulticastPlanBuilder.Mapped)],
            Hosts = [.. group.Hosts.Select(host => (host.Mac, TimeSpan.FromSeconds(host.RemainingSeconds)))],
            HostsAreAll = group.HostsAreAll,
            Version1Remaining = TimeSpan.FromSeconds(group.Version1Seconds),
            Version2Remaining = TimeSpan.FromSeconds(group.Version2Seconds),
        };
    }

    private static IEnumerable<RouterSnapshot> RoutersOf(NameFinder names, MulticastSegmentSnapshot old)
    {
        foreach (MulticastRouterSnapshot router in old.Routers)
        {
            if (names.TryFind(old.Segment, router.Port, router.Peer, out int segment, out int place))
            {
                yield return new RouterSnapshot(segment, place, old.Family == "ipv6", TimeSpan.FromSeconds(router.RemainingSeconds));
            }
        }
    }

    private static QuerierSnapshot? QuerierOf(NameFinder names, MulticastSegmentSnapshot old) => names.SegmentOf(old.Segment) is >= 0 and int segment
        ? new QuerierSnapshot(
            segment,
            old.Family == "ipv6",
            old.IsQuerier,
            old.OtherQuerier is TunnelAddress other ? MulticastPlanBuilder.Mapped(other) : null,
            TimeSpan.FromSeconds(old.QuerierSeconds),
            old.StartupQueries,
            old.IsSettled,
            TimeSpan.FromSeconds(old.SettlesInSeconds))
        : null;

    private static string NameOf(MulticastPlaces places, int segment) => places.Topology.Plan.Segments[places.Segments[segment]].Name;

    private static string? PortOf(MulticastPlaces places, int place) => places.IsPeer(place) ? null : places.Topology.Plan.Ports[place].Name;

    private static TunnelAddress? PeerOf(MulticastPlaces places, int place) => places.IsPeer(place) ? places.Topology.Peers[places.PeerAt(place)].Address : null;

    /// <summary>Numbers of segments and places by their names in this configuration.</summary>
    private sealed class NameFinder(MulticastPlaces places)
    {
        private readonly Dictionary<string, int> _segments = places.Segments.Index().ToDictionary(item => places.Topology.Plan.Segments[item.Item].Name, item => item.Index);
        private readonly Dictionary<string, int> _ports = places.Topology.Plan.Ports.Index().ToDictionary(item => item.Item.Name, item => item.Index);

        public int SegmentOf(string name) => _segments.GetValueOrDefault(name, -1);

        /// <summary>False if the segment does not snoop any more, or the place is not in it any more.</summary>
        public bool TryFind(string segmentName, string? port, TunnelAddress? peer, out int segment, out int place)
        {
            segment = SegmentOf(segmentName);
            place = -1;
            if (segment < 0)
            {
                return false;
            }

            int number = places.Segments[segment];
            SegmentPlan plan = places.Topology.Plan.Segments[number];
            if (peer is TunnelAddress address)
            {
                int found = places.Topology.PeerOf(plan.Vtep, address);
                place = found >= 0 && plan.Peers.Contains(address) ? places.OfPeer(found) : -1;
            }
            else if (_ports.TryGetValue(port ?? "", out int local) && SwitchState.IsMember(places.Topology.Plan.Ports[local], plan.Vlan))
            {
                place = local;
            }

            return place >= 0;
        }
    }
}
