using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of virtual routers.</summary>
internal static class RouterShape
{
    private const int MaxInterfaces = 4094;
    private const int MaxRoutes = 65_536;

    public static Shape<RouterInterfaceSection> Interface { get; } = new(
        "interface",
        "Where a router takes part in a segment.",
        new ScalarField<RouterInterfaceSection, string>("segment", "Name of the segment.", Scalars.Name, (s, v) => s.Segment = v).Required(),
        new ScalarListField<RouterInterfaceSection, InterfaceAddress>("addresses", "Addresses of the router there, IPv4 or IPv6, each in a network of its own. Machines use one of them as their gateway.", Scalars.AddressWithPrefix, 64, "required", s => s.Addresses),
        new ScalarField<RouterInterfaceSection, Packets.MacAddress>("mac", "MAC address of the router there.", Scalars.Mac, (s, v) => s.Mac = v).IfAbsent("made of the first address, so every switch with the same gateway has the same"),
        new ScalarField<RouterInterfaceSection, int>("mtu", "Longest IP packet that is sent there; longer ones are fragmented, or refused with \"packet too big\".", Scalars.Integer(576, 65535, "bytes"), (s, v) => s.Mtu = v).IfAbsent("the smallest MTU of the segment's ports"),
        new ScalarField<RouterInterfaceSection, ReversePathMode>(
            "reversePath",
            "Whether source addresses are believed (RFC 3704). strict: the way back must lead through this interface. loose: there must be a way back. off: they are.",
            Scalars.OneOf(("off", ReversePathMode.Off), ("strict", ReversePathMode.Strict), ("loose", ReversePathMode.Loose)),
            (s, v) => s.ReversePath = v).Default(ReversePathMode.Off),
        new ScalarField<RouterInterfaceSection, ProxyMode>(
            "proxy",
            "Whether ARP requests and neighbour solicitations for others are answered with the router's MAC address. routed: for addresses that it has a route to by another interface (RFC 1027). local: for all other addresses of the interface's networks as well, so that machines there reach each other through the router alone.",
            Scalars.OneOf(("off", ProxyMode.Off), ("routed", ProxyMode.Routed), ("local", ProxyMode.Local)),
            (s, v) => s.Proxy = v).Default(ProxyMode.Off),
        new GroupField<RouterInterfaceSection, DhcpRelaySection>("dhcpRelay", "Servers of DHCP for the segment's machines.", DhcpRelayShape.Shape, (s, v) => s.DhcpRelay = v),
        new GroupListField<RouterInterfaceSection, NeighborSection>("neighbors", "Neighbours whose MAC addresses are known and never asked for.", NeighborShape.Shape, 0, 4096, s => s.Neighbors));

    public static Shape<RouteSection> Route { get; } = new(
        "route",
        "A static route. Of several that hold an address, the one with the longest prefix counts.",
        new ScalarField<RouteSection, NetworkAddress>("prefix", "Where it leads; 0.0.0.0/0 and ::/0 are the default routes.", Scalars.Prefix, (s, v) => s.Prefix = v).Required(),
        new ScalarField<RouteSection, TunnelAddress>("via", "Next hop, in the network of one of the router's interfaces.", Scalars.Address, (s, v) => s.Via = v).IfAbsent("required unless action says something else"),
        new ScalarField<RouteSection, RouteAction>(
            "action",
            "forward: to the next hop. blackhole: dropped. unreachable, prohibit: dropped, and the sender is told.",
            Scalars.OneOf(("forward", RouteAction.Forward), ("blackhole", RouteAction.Blackhole), ("unreachable", RouteAction.Unreachable), ("prohibit", RouteAction.Prohibit)),
            (s, v) => s.Action = v).Default(RouteAction.Forward));

    public static Shape<RouterSection> Shape { get; } = new(
        "router",
        "A virtual router with a table of its own. Routers know nothing of each other, so the networks of tenants may overlap.",
        new ScalarField<RouterSection, string>("name", "Shown in tables and traces.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new GroupListField<RouterSection, RouterInterfaceSection>("interfaces", "Where it takes part in segments.", Interface, 1, MaxInterfaces, s => s.Interfaces),
        new GroupListField<RouterSection, RouteSection>("routes", "Static routes; the networks of its interfaces need none.", Route, 0, MaxRoutes, s => s.Routes),
        new ScalarField<RouterSection, int>("maxNeighbors", "Neighbours that each of its addresses remembers; those that answer are forgotten last.", Scalars.Integer(16, 65536), (s, v) => s.MaxNeighbors = v).Default(1024));
}
