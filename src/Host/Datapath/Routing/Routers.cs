using Weft.Bridge;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>All virtual routers of a switch with their interfaces, addresses and tables; everything is numbered through all of them.</summary>
internal sealed class Routers
{
    private readonly int[][] _localsOf;
    private readonly RouteTarget?[] _onLink;
    private readonly int[][] _interfacesOfSegment;
    private readonly short[] _interfaceOf;
    private readonly int _segments;

    public Routers(SwitchPlan plan, Timestamp start)
    {
        Plan = plan;
        _segments = plan.Segments.Count;
        _interfaceOf = new short[plan.Routers.Count * _segments];
        Array.Fill(_interfaceOf, (short)-1);
        var interfaces = new List<RouterInterface>();
        var locals = new List<LocalAddress>();
        var tables = new List<RoutingTable>();
        for (int router = 0; router < plan.Routers.Count; router++)
        {
            int firstLocal = locals.Count;
            foreach (RouterInterfacePlan at in plan.Routers[router].Interfaces)
            {
                int number = interfaces.Count;
                _interfaceOf[(router * _segments) + at.Segment] = (short)number;
                SegmentPlan segment = plan.Segments[at.Segment];
                interfaces.Add(new RouterInterface(router, at, segment, Math.Max(0, Position.Of(plan.Ports, port => Observe.SwitchState.IsMember(port, segment.Vlan))), start));
                locals.AddRange(AddressesOf(at).Select(network => new LocalAddress(number, at, network, plan.Routers[router].MaxNeighbors)));
            }

            tables.Add(new RoutingTable(plan.Routers[router], locals.GetRange(firstLocal, locals.Count - firstLocal), firstLocal));
        }

        (Interfaces, Locals, Tables) = ([.. interfaces], [.. locals], [.. tables]);
        _localsOf = [.. interfaces.Select((_, number) => locals.Index().Where(local => local.Item.Interface == number).Select(local => local.Index).ToArray())];
        _onLink = [.. interfaces.Select((_, number) => LinkLocalOf(number) is >= 0 and int local ? new RouteTarget(RouteKind.Connected, Locals[local].Network, number, local) : null)];
        _interfacesOfSegment = [.. plan.Segments.Select((segment, _) => interfaces.Index().Where(at => at.Item.Segment == segment).Select(at => at.Index).ToArray())];
    }

    /// <summary>What was configured.</summary>
    public SwitchPlan Plan { get; }

    /// <summary>Interfaces.</summary>
    public RouterInterface[] Interfaces { get; }

    /// <summary>Addresses.</summary>
    public LocalAddress[] Locals { get; }

    /// <summary>Tables, one a router.</summary>
    public RoutingTable[] Tables { get; }

    /// <summary>The bridge's number of a router's port.</summary>
    public static int PortOf(SwitchPlan plan, int router) => plan.Ports.Count + router;

    /// <summary>The interface behind the bridge's port of a router.</summary>
    public int InterfaceAt(int bridgePort, int segment) => _interfaceOf[((bridgePort - Plan.Ports.Count) * _segments) + segment];

    /// <summary>The interfaces in a segment.</summary>
    public ReadOnlySpan<int> InterfacesOf(int segment) => _interfacesOfSegment[segment];

    /// <summary>The addresses of an interface.</summary>
    public ReadOnlySpan<int> LocalsOf(int number) => _localsOf[number];

    /// <summary>The bridge's number of the port of an interface's router.</summary>
    public int BridgePortOf(int number) => PortOf(Plan, Interfaces[number].Router);

    /// <summary>The name of an interface for people.</summary>
    public string NameOf(int number) => $"{Plan.Routers[Interfaces[number].Router].Name}/{Interfaces[number].Segment.Name}";

    /// <summary>The table of an interface's router.</summary>
    public RoutingTable TableOf(int number) => Tables[Interfaces[number].Router];

    /// <summary>The address that an interface speaks with to who is not on its link, -1 if it has none of the family.</summary>
    public int SpeakerOf(int number, bool isIPv6)
    {
        int found = -1;
        foreach (int local in LocalsOf(number))
        {
            TunnelAddress address = Locals[local].Address;
            if (address.IsIPv6 == isIPv6 && (found < 0 || RoutingTable.IsLinkLocal(Locals[found].Address)))
            {
                found = local;
            }
        }

        return found;
    }

    /// <summary>The interface's address that means something on its link only, -1 if it has no IPv6 address.</summary>
    public int LinkLocalOf(int number)
    {
        foreach (int local in LocalsOf(number))
        {
            if (RoutingTable.IsLinkLocal(Locals[local].Address))
            {
                return local;
            }
        }

        return -1;
    }

    /// <summary>The way from an interface's router to an address, null if there is none that forwards. Addresses of a link are on that of the interface.</summary>
    public RouteTarget? WayTo(VtepAddress address, int number) => TargetOf(address, number) is { Forwards: true } target ? target : null;

    /// <summary>What an interface's router does with packets to an address, null if it knows nothing of it.</summary>
    public RouteTarget? TargetOf(VtepAddress address, int number) => address.IsIPv4 ? TableOf(number).Find(address.V4)
        : !RoutingTable.IsLinkLocal(address.V6) ? TableOf(number).Find(address.V6)
        : _onLink[number];

    /// <summary>By number of an address in the configuration before, the number of the same one here; -1 if it is gone.</summary>
    public int[] MatchLocals(Routers before, NewNumbers numbers)
    {
        Dictionary<(int Router, int Segment, NetworkAddress Network), int> known = Locals.Index()
            .ToDictionary(local => (Interfaces[local.Item.Interface].Router, Interfaces[local.Item.Interface].Plan.Segment, local.Item.Network), local => local.Index);
        return [.. before.Locals.Select(local => before.Interfaces[local.Interface] is var at
            && known.TryGetValue((numbers.Routers[at.Router], numbers.Segments[at.Plan.Segment], local.Network), out int now) ? now : -1)];
    }

    /// <summary>Takes the routers' MAC addresses out again.</summary>
    public void Unpin(FilteringDatabase macs)
    {
        for (int number = 0; number < Interfaces.Length; number++)
        {
            _ = macs.RemoveStatic(Interfaces[number].Segment.Vlan, Interfaces[number].Plan.Mac);
        }
    }

    /// <summary>Enters the routers' MAC addresses, so that frames for them are forwarded and never flooded.</summary>
    public void Pin(FilteringDatabase macs)
    {
        for (int number = 0; number < Interfaces.Length; number++)
        {
            _ = macs.AddStatic(Interfaces[number].Segment.Vlan, Interfaces[number].Plan.Mac, BridgeLocation.Port(BridgePortOf(number)));
        }
    }

    /// <summary>Addresses that were configured, and with IPv6 the one that every interface has (RFC 4291 section 2.8), made of the MAC address (appendix A).</summary>
    private static IEnumerable<NetworkAddress> AddressesOf(RouterInterfacePlan plan)
    {
        bool needsLinkLocal = plan.Addresses.Any(address => address.Address.IsIPv6) && !plan.Addresses.Any(address => RoutingTable.IsLinkLocal(address.Address));
        return needsLinkLocal ? plan.Addresses.Append(new NetworkAddress(new TunnelAddress(LinkLocal(plan.Mac)), 64)) : plan.Addresses;
    }

    private static IPv6Address LinkLocal(MacAddress mac)
    {
        ulong value = mac.Value ^ 0x0200_0000_0000;
        return new IPv6Address(0xFE80UL << 48, ((value >> 24) << 40) | 0xFF_FE00_0000 | (value & 0xFF_FFFF));
    }
}
