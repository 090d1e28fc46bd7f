using Weft.Host.Config.Document;
using Weft.Packets;
using Weft.Sase;
using Weft.Services;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of points of presence.</summary>
internal static class SaseShape
{
    private const int MaxPort = 65_535;
    private const int MaxVni = 0xFF_FFFE;

    private static readonly Scalar<IpProtocol> Transport = Scalars.OneOf(("udp", IpProtocol.Udp), ("tcp", IpProtocol.Tcp));

    public static Shape<SaseRouteSection> Route { get; } = new(
        "saseRoute",
        "A route of the tenant's router on the service nodes.",
        new ScalarField<SaseRouteSection, NetworkAddress>("prefix", "Destinations.", Scalars.Prefix, (s, v) => s.Prefix = v).Required(),
        new ScalarField<SaseRouteSection, SegmentRouteKind>(
            "to",
            "return: back to the gateway that sent the packet. gateway: to the sites of one gateway. uplink: to the Internet, from a public address. discard: nowhere.",
            Scalars.OneOf(("return", SegmentRouteKind.Return), ("gateway", SegmentRouteKind.Gateway), ("uplink", SegmentRouteKind.Uplink), ("discard", SegmentRouteKind.Discard)),
            (s, v) => s.To = v).Required(),
        new ScalarField<SaseRouteSection, TunnelAddress>("gateway", "Tunnel address of the gateway.", Scalars.Address, (s, v) => s.Gateway = v).IfAbsent("required with to: gateway"));

    public static Shape<SaseRuleSection> Rule { get; } = new(
        "saseRule",
        "A rule of a tenant's policy; the first that matches decides, and what none matches may not be.",
        new ScalarField<SaseRuleSection, string>("name", "Shown in traces.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<SaseRuleSection, bool>("action", "Whether flows that match may be.", Scalars.OneOf(("allow", true), ("deny", false)), (s, v) => s.Allow = v).Required(),
        new ScalarField<SaseRuleSection, bool>("from", "Who opens the flow.", Scalars.OneOf(("sites", false), ("uplink", true)), (s, v) => s.FromUplink = v).IfAbsent("either"),
        new ScalarField<SaseRuleSection, IpProtocol>("protocol", "Protocol.", Scalars.OneOf(("udp", IpProtocol.Udp), ("tcp", IpProtocol.Tcp), ("icmp", IpProtocol.Icmp)), (s, v) => s.Protocol = v).IfAbsent("any"),
        new ScalarField<SaseRuleSection, NetworkAddress>("source", "Where who opens it is.", Scalars.Prefix, (s, v) => s.Source = v).IfAbsent("anywhere"),
        new ScalarField<SaseRuleSection, NetworkAddress>("destination", "Where the other end is, by its own address.", Scalars.Prefix, (s, v) => s.Destination = v).IfAbsent("anywhere"),
        new ScalarField<SaseRuleSection, NumberRange>("ports", "Destination ports.", Scalars.Range(0, MaxPort), (s, v) => s.Ports = v).IfAbsent("all"));

    public static Shape<SasePublishedSection> Published { get; } = new(
        "sasePublished",
        "A port of a public address behind which a server of the tenant is.",
        new ScalarField<SasePublishedSection, IpProtocol>("protocol", "Protocol.", Transport, (s, v) => s.Protocol = v).Required(),
        new ScalarField<SasePublishedSection, TunnelAddress>("public", "The public address, one of the tenant's.", Scalars.Address, (s, v) => s.Public = v).Required(),
        new ScalarField<SasePublishedSection, int>("publicPort", "The port there.", Scalars.Integer(1, MaxPort), (s, v) => s.PublicPort = v).Required(),
        new ScalarField<SasePublishedSection, TunnelAddress>("inside", "The server's own address.", Scalars.Address, (s, v) => s.Inside = v).Required(),
        new ScalarField<SasePublishedSection, int>("insidePort", "Its port.", Scalars.Integer(1, MaxPort), (s, v) => s.InsidePort = v).Required());

    public static Shape<SaseTenantSection> Tenant { get; } = new(
        "saseTenant",
        "A tenant. Tenants may use the same addresses.",
        new ScalarField<SaseTenantSection, string>("name", "Shown in tables and traces.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<SaseTenantSection, int>("vni", "Virtual network between gateways and nodes.", Scalars.Integer(1, MaxVni), (s, v) => s.Vni = v).Required(),
        new ScalarField<SaseTenantSection, int>("bundle", "Placement bundle: what moves to another node as one.", Scalars.Integer(0, 255), (s, v) => s.Bundle = v).IfAbsent("vni modulo bundles"),
        new ScalarField<SaseTenantSection, string>("router", "On a gateway: name of the router that the tenant's sites are attached to; all that is not for the router itself goes to a node.", Scalars.Name, (s, v) => s.Router = v).IfAbsent("required on gateways"),
        new ScalarListField<SaseTenantSection, TunnelAddress>("gateways", "On a node: tunnel addresses of gateways that may speak for the tenant.", Scalars.Address, PopOptions.MaxGateways, "all", s => s.Gateways),
        new ScalarField<SaseTenantSection, TunnelAddress>("routerAddress", "On a node: address of the tenant's router, for ARP and ICMP errors.", Scalars.Address, (s, v) => s.RouterAddress = v).IfAbsent("neither"),
        new GroupListField<SaseTenantSection, SaseRouteSection>("routes", "On a node: routes.", Route, 0, 4096, s => s.Routes),
        new GroupListField<SaseTenantSection, SaseRuleSection>("policy", "On a node: rules in order.", Rule, 0, SegmentPolicy.MaxRules, s => s.Policy),
        new ScalarListField<SaseTenantSection, TunnelAddress>("publicAddresses", "On a node: addresses that flows to the uplink leave from, which no tenant of another bundle has.", Scalars.Address, 256, "none: nothing leaves by the uplink", s => s.PublicAddresses),
        new ScalarField<SaseTenantSection, NumberRange>("publicPorts", "On a node: ports of those addresses.", Scalars.Range(1, MaxPort), (s, v) => s.PublicPorts = v).IfAbsent("1024-65535"),
        new GroupListField<SaseTenantSection, SasePublishedSection>("published", "On a node: servers that the Internet may reach if the policy allows it.", Published, 0, 4096, s => s.Published),
        new ScalarListField<SaseTenantSection, string>("services", "On a node: services of the section 'services' that packets pass once the policy allows their flow, in this order from the sites outwards, in the opposite one towards them: of the types connections, firewall, policer and ids.", Scalars.Name, ServiceSet.MaxServices, "none", s => s.Services),
        new ScalarField<SaseTenantSection, int>("budgetMicroseconds", "On a node: time that its services may take for a packet; those that have not had their turn by then are out of order for it.", Scalars.Integer(1, 1_000_000, "microseconds"), (s, v) => s.BudgetMicroseconds = v).IfAbsent("no bound"),
        new ScalarField<SaseTenantSection, int>("flows", "On a node: most flows of the tenant.", Scalars.Integer(1, 1 << 24), (s, v) => s.Flows = v).Default(65_536));

    public static Shape<SaseSection> Shape { get; } = new(
        "sase",
        "The part of this switch in a point of presence: a gateway or a managed service node, as its address is in one list or the other.",
        new ScalarField<SaseSection, string>("name", "Shown in tables and events.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<SaseSection, string>("router", "Name of the router that has the address, and on a node the uplink.", Scalars.Name, (s, v) => s.Router = v).Required(),
        new ScalarField<SaseSection, TunnelAddress>("address", "Own tunnel address, one of the router's.", Scalars.Address, (s, v) => s.Address = v).Required(),
        new ScalarListField<SaseSection, TunnelAddress>("gateways", "Tunnel addresses of all gateways, in the same order on every member.", Scalars.Address, PopOptions.MaxGateways, "required", s => s.Gateways),
        new ScalarListField<SaseSection, TunnelAddress>("nodes", "Tunnel addresses of all service nodes, in the same order on every member.", Scalars.Address, PopOptions.MaxNodes, "required", s => s.Nodes),
        new ScalarField<SaseSection, string>("uplink", "On a node: name of the segment where it answers ARP for public addresses of bundles that it owns.", Scalars.Name, (s, v) => s.Uplink = v).IfAbsent("public addresses are routed here"),
        new ScalarField<SaseSection, ServiceEncapsulation>("encapsulation", "geneve: with options for epoch and context. vxlan: without. nsh: a network service header in VXLAN-GPE.", Scalars.OneOf(("geneve", ServiceEncapsulation.Geneve), ("vxlan", ServiceEncapsulation.Vxlan), ("nsh", ServiceEncapsulation.Nsh)), (s, v) => s.Encapsulation = v).Default(ServiceEncapsulation.Geneve),
        new ScalarField<SaseSection, int>("mtu", "Largest outer packet.", Scalars.Integer(576, MaxPort, "bytes"), (s, v) => s.Mtu = v).Default(1500),
        new ScalarField<SaseSection, int>("bundles", "Placement bundles, the same on every member.", Scalars.Integer(1, 256), (s, v) => s.Bundles = v).Default(64),
        new ScalarField<SaseSection, int>("controlPort", "UDP port of messages between members.", Scalars.Integer(1, MaxPort), (s, v) => s.ControlPort = v).Default(6082),
        new ScalarField<SaseSection, int>("bfdMilliseconds", "Interval of BFD between members (RFC 5880).", Scalars.Integer(1, 10_000, "ms"), (s, v) => s.BfdMilliseconds = v).Default(50),
        new ScalarField<SaseSection, int>("bfdMultiplier", "Intervals without a packet after which a member is called down.", Scalars.Integer(1, 255), (s, v) => s.BfdMultiplier = v).Default(3),
        new ScalarField<SaseSection, int>("holdSeconds", "On a gateway: how long it goes on as before when all nodes seem to be gone.", Scalars.Integer(0, 3600, "s"), (s, v) => s.HoldSeconds = v).Default(10),
        new ScalarField<SaseSection, bool>("bypass", "On a gateway: whether packets are routed without services after that; otherwise they are dropped.", Scalars.Boolean, (s, v) => s.Bypass = v).Default(false),
        new ScalarField<SaseSection, int>("flows", "On a node: most flows.", Scalars.Integer(16, 1 << 24), (s, v) => s.Flows = v).Default(65_536),
        new ScalarField<SaseSection, int>("commitMilliseconds", "On a node: how long packets of a new flow wait at most until the backup has confirmed that it knows the flow; 0 to wait for nothing.", Scalars.Integer(0, 10_000, "ms"), (s, v) => s.CommitMilliseconds = v).Default(100),
        new ScalarField<SaseSection, int>("commitPackets", "On a node: how many packets wait for that at most.", Scalars.Integer(1, 65_536), (s, v) => s.CommitPackets = v).Default(256),
        new ScalarField<SaseSection, bool>("commitFailure", "On a node: what becomes of packets that waited so long, or find no room to wait. pass: they leave all the same. drop: they and their flow end, and the sender tries again.", Scalars.OneOf(("pass", true), ("drop", false)), (s, v) => s.CommitFailure = v).Default(true),
        new ScalarField<SaseSection, string>("sessionLog", "On a node: file that starts and ends of tenants' sessions, and flows that were not allowed, are appended to as JSON, one a line. Folders are made.", Scalars.Path, (s, v) => s.SessionLog = v).IfAbsent("no file"),
        new GroupListField<SaseSection, SaseTenantSection>("tenants", "Tenants.", Tenant, 1, 4096, s => s.Tenants));

    /// <summary>Tables of the guide.</summary>
    public static IEnumerable<GuideTable> Guide() =>
        [DocumentShape.Table(Shape), DocumentShape.Table(Tenant), DocumentShape.Table(Route), DocumentShape.Table(Rule), DocumentShape.Table(Published)];
}
