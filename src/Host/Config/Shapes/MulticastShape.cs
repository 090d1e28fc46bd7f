using Weft.Host.Config.Document;
using Weft.Multicast;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of multicast: of the switch, of a port, of a segment.</summary>
internal static class MulticastShape
{
    private const int MaxRoutes = 4096;

    private static readonly Shape<MulticastRouteSection> Route = new(
        "multicastRoute",
        "A multicast route between segments. Copies get the router's MAC address of their segment and a hop less.",
        new ScalarField<MulticastRouteSection, TunnelAddress>("group", "The group, of more than link scope.", Scalars.Group, (s, v) => s.Group = v).Required(),
        new ScalarField<MulticastRouteSection, TunnelAddress>("source", "The source.", Scalars.Address, (s, v) => s.Source = v).IfAbsent("all that have no route of their own"),
        new ScalarField<MulticastRouteSection, string>("from", "Segment where the data must arrive: the way back to its source.", Scalars.Name, (s, v) => s.From = v).Required(),
        new ScalarListField<MulticastRouteSection, string>("to", "Segments whose listeners get it.", Scalars.Name, 4094, "required", s => s.To),
        new ScalarField<MulticastRouteSection, int>("ttlThreshold", "Scope: frames with a greater TTL or hop limit are routed.", Scalars.Integer(1, 254), (s, v) => s.TtlThreshold = v).Default(1));

    /// <summary>The group of the document.</summary>
    public static Shape<MulticastSection> Switch { get; } = new(
        "multicast",
        "What all segments with snooping have in common.",
        new ScalarField<MulticastSection, int>("robustness", "Messages in a row that may be lost (RFC 3376 section 8.1).", Scalars.Integer(2, 7), (s, v) => s.Robustness = v).Default(2),
        new ScalarField<MulticastSection, int>("queryIntervalSeconds", "Time between general queries.", Scalars.Integer(10, 127, "seconds"), (s, v) => s.QueryIntervalSeconds = v).Default(125),
        new ScalarField<MulticastSection, int>("queryResponseMilliseconds", "Time that hosts may take to answer; less than the interval.", Scalars.Integer(1000, 12_700, "milliseconds"), (s, v) => s.QueryResponseMilliseconds = v).Default(10_000),
        new ScalarField<MulticastSection, int>("lastMemberQueryMilliseconds", "Time between queries after a leave.", Scalars.Integer(100, 12_700, "milliseconds"), (s, v) => s.LastMemberQueryMilliseconds = v).Default(1000),
        new ScalarField<MulticastSection, Strictness>(
            "strictness",
            "What a message of IGMP or MLD must fulfil to be believed. strict: everything. rfc4541: any TTL, router alert or not, the whole records of a cut report. linux: as the Linux bridge, any TTL and any source.",
            Scalars.OneOf(("strict", Strictness.Strict), ("rfc4541", Strictness.Rfc4541), ("linux", Strictness.LinuxCompatible)),
            (s, v) => s.Strictness = v).Default(Strictness.Strict),
        new ScalarField<MulticastSection, int>("flows", "Flows remembered.", Scalars.Integer(1, 1 << 20), (s, v) => s.Flows = v).Default(4096),
        new ScalarField<MulticastSection, int>("actionBlocks", "Memory of recorded actions, in blocks of 256 bytes; a flow to 16 ports takes one or two.", Scalars.Integer(1, 1 << 20), (s, v) => s.ActionBlocks = v).Default(16_384),
        new ScalarField<MulticastSection, int>("flowIdleSeconds", "Time without a frame after which a flow is forgotten.", Scalars.Integer(1, 3600, "seconds"), (s, v) => s.FlowIdleSeconds = v).Default(30),
        new GroupListField<MulticastSection, MulticastRouteSection>("routes", "Routes between segments.", Route, 0, MaxRoutes, s => s.Routes));

    /// <summary>The group of a port.</summary>
    public static Shape<PortMulticastSection> Port { get; } = new(
        "portMulticast",
        "What is granted to the hosts behind an access-role port, in segments with snooping.",
        new ScalarField<PortMulticastSection, FastLeave>(
            "fastLeave",
            "When a leave takes effect without asking for other listeners. never. tracked: when all hosts speak IGMPv3 or MLDv2 and the last one left. single-host: always, for ports with one host.",
            Scalars.OneOf(("never", FastLeave.Never), ("tracked", FastLeave.WhenTracked), ("single-host", FastLeave.SingleHost)),
            (s, v) => s.FastLeave = v).Default(FastLeave.Never),
        new ScalarField<PortMulticastSection, int>("maxGroups", "Most groups joined, over all segments.", Scalars.Integer(0, 65_536), (s, v) => s.MaxGroups = v).Default(1024),
        new ScalarField<PortMulticastSection, int>("maxSources", "Most sources in filters; a filter beyond it passes all sources of its group.", Scalars.Integer(0, 65_536), (s, v) => s.MaxSources = v).Default(1024),
        new ScalarField<PortMulticastSection, int>("maxMessagesPerSecond", "Most IGMP and MLD messages in a second and at once.", Scalars.Integer(1, 1_000_000), (s, v) => s.MaxMessagesPerSecond = v).Default(10_000),
        new ScalarField<PortMulticastSection, bool>("acceptQueries", "Whether a router or querier may be behind the port.", Scalars.Boolean, (s, v) => s.AcceptQueries = v).Default(true));

    private static readonly Shape<QuerierSection> Querier = new(
        "querier",
        "Addresses from which the switch asks hosts what they listen to, if it wins the election: the lowest address does.",
        new ScalarField<QuerierSection, TunnelAddress>("ipv4", "For IGMP.", Scalars.Address, (s, v) => s.IPv4 = v).IfAbsent("IPv4 hosts are not asked"),
        new ScalarField<QuerierSection, TunnelAddress>("ipv6", "For MLD; link-local.", Scalars.Address, (s, v) => s.IPv6 = v).IfAbsent("IPv6 hosts are not asked"),
        new ScalarField<QuerierSection, Packets.MacAddress>("mac", "Source MAC address of queries and of the switch's own reports.", Scalars.Mac, (s, v) => s.Mac = v).IfAbsent("02:57 and the last four octets of ipv4, or else of ipv6"),
        new ScalarField<QuerierSection, int>("igmpVersion", "Version of IGMP queries; hosts answer in the same.", Scalars.Integer(2, 3), (s, v) => s.IgmpVersion = v).Default(3),
        new ScalarField<QuerierSection, int>("mldVersion", "Version of MLD queries; hosts answer in the same.", Scalars.Integer(1, 2), (s, v) => s.MldVersion = v).Default(2));

    private static readonly Shape<StaticGroupSection> StaticGroup = new(
        "staticGroup",
        "A membership that needs no reports and never ends. It has exactly one of port and peer.",
        new ScalarField<StaticGroupSection, TunnelAddress>("group", "The group, of more than link scope.", Scalars.Group, (s, v) => s.Group = v).Required(),
        new ScalarField<StaticGroupSection, TunnelAddress>("source", "The only source that passes.", Scalars.Address, (s, v) => s.Source = v).IfAbsent("all sources"),
        new ScalarField<StaticGroupSection, string>("port", "Name of the access-role port that gets the group.", Scalars.Name, (s, v) => s.Port = v),
        new ScalarField<StaticGroupSection, TunnelAddress>("peer", "Remote tunnel endpoint that gets the group.", Scalars.Address, (s, v) => s.Peer = v));

    /// <summary>The group of a segment.</summary>
    public static Shape<SegmentMulticastSection> Segment { get; } = new(
        "segmentMulticast",
        "IP multicast in a segment: who gets what (RFC 4541).",
        new ScalarField<SegmentMulticastSection, bool>("snooping", "Whether groups go to those who joined them (true) or are flooded.", Scalars.Boolean, (s, v) => s.Snooping = v).Default(false),
        new ScalarField<SegmentMulticastSection, UnregisteredPolicy>(
            "unregistered",
            "Where data goes that nobody joined. flood-until-querier: to all ports until hosts had time to answer a querier, then to routers. routers: to routers only. flood: to all ports.",
            Scalars.OneOf(("flood-until-querier", UnregisteredPolicy.FloodUntilQuerier), ("routers", UnregisteredPolicy.RouterPortsOnly), ("flood", UnregisteredPolicy.Flood)),
            (s, v) => s.Unregistered = v).Default(UnregisteredPolicy.FloodUntilQuerier),
        new GroupField<SegmentMulticastSection, QuerierSection>("querier", "The switch's part as a querier.", Querier, (s, v) => s.Querier = v),
        new ScalarField<SegmentMulticastSection, bool>("proxyReporting", "Whether routers get one report of the switch for all hosts instead of the hosts' own (RFC 4541 section 2.1.1).", Scalars.Boolean, (s, v) => s.ProxyReporting = v).Default(false),
        new ScalarListField<SegmentMulticastSection, string>("routerPorts", "Names of ports behind which a router is, whatever is heard from there.", Scalars.Name, 1024, "those where queries, PIM hellos or router advertisements are heard", s => s.RouterPorts),
        new ScalarListField<SegmentMulticastSection, TunnelAddress>("routerPeers", "Remote tunnel endpoints behind which a router is.", Scalars.Address, 4096, "those where queries are heard", s => s.RouterPeers),
        new ScalarField<SegmentMulticastSection, bool>("onlyJoinedPeers", "Whether a group goes to those remote endpoints only from which it was joined. All of them must say so, because each then sends its hosts' reports to all.", Scalars.Boolean, (s, v) => s.OnlyJoinedPeers = v).Default(false),
        new ScalarField<SegmentMulticastSection, Packets.MacAddress>("routerMac", "Source MAC address of what is routed into the segment.", Scalars.Mac, (s, v) => s.RouterMac = v).IfAbsent("nothing is routed into it"),
        new GroupListField<SegmentMulticastSection, StaticGroupSection>("static", "Memberships configured by hand.", StaticGroup, 0, 4096, s => s.Static));

    /// <summary>The groups in the order of the guide.</summary>
    public static IEnumerable<GuideTable> Guide() =>
        [DocumentShape.Table(Switch), DocumentShape.Table(Route), DocumentShape.Table(Port), DocumentShape.Table(Segment), DocumentShape.Table(Querier), DocumentShape.Table(StaticGroup)];
}
