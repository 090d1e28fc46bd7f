using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;

namespace Weft.Host.Config;

/// <summary>Turns the routers of a document without errors into their plans.</summary>
internal static class RouterPlanBuilder
{
    public static RouterPlan Build(RouterSection router, SwitchDocument document) => new()
    {
        Name = router.Name.Value,
        MaxNeighbors = router.MaxNeighbors.Value,
        Interfaces = router.Interfaces.Select(at => Interface(at, document)).ToArray(),
        Routes = router.Routes.Select(route => new RoutePlan(route.Prefix.Value, route.Action.Value, route.Via.IsKnown ? route.Via.Value : null)).ToArray(),
    };

    private static RouterInterfacePlan Interface(RouterInterfaceSection at, SwitchDocument document) => new()
    {
        Segment = document.Segments.FindIndex(segment => segment.Name.Value == at.Segment.Value),
        Mac = RouterValidator.Mac(at),
        MtuBytes = RouterValidator.Mtu(at, document),
        Addresses = at.Addresses.Select(address => new NetworkAddress(address.Value.Address, address.Value.PrefixLength)).ToArray(),
        ReversePath = at.ReversePath.Value,
        Proxy = at.Proxy.Value,
        DhcpRelay = DhcpRelayValidator.Build(at.DhcpRelay),
        StaticNeighbors = at.Neighbors.ToDictionary(neighbor => neighbor.Address.Value, neighbor => neighbor.Mac.Value),
    };
}
