using Weft.Host.Config.Document;

namespace Weft.Host.Config.Validation;

/// <summary>DHCP relays: servers, and addresses to speak with.</summary>
internal static class DhcpRelayValidator
{
    public static void Validate(ValidationContext context)
    {
        foreach (RouterSection router in context.Document.Routers)
        {
            foreach (RouterInterfaceSection at in router.Interfaces.Where(at => at.DhcpRelay.IsWritten))
            {
                Validate(at, router, context);
            }
        }
    }

    private static void Validate(RouterInterfaceSection at, RouterSection router, ValidationContext context)
    {
        if (at.DhcpRelay.Servers.Count == 0)
        {
            context.Problems.Error(at.DhcpRelay.At, "the relay has no servers", "'servers' with one at least");
        }

        foreach (Setting<TunnelAddress> server in at.DhcpRelay.Servers.Where(server => server.IsKnown && !at.Addresses.Any(own => own.IsKnown && own.Value.Address.IsIPv6 == server.Value.IsIPv6)))
        {
            context.Problems.Error(server.At, $"the interface has no {(server.Value.IsIPv6 ? "IPv6" : "IPv4")} address, so the server cannot tell which network the clients are in", "a server of the other family, or an address at the interface");
        }

        if (at.DhcpRelay.Source is { IsKnown: true } source && !router.Interfaces.SelectMany(of => of.Addresses).Any(own => own.IsKnown && own.Value.Address == source.Value && !own.Value.Address.IsIPv6))
        {
            context.Problems.Error(source.At, $"{source.Value} is no IPv4 address of the router, so answers would not find it", "an address of one of its interfaces");
        }
    }

    public static DhcpRelayPlan? Build(DhcpRelaySection relay) => !relay.IsWritten ? null : new DhcpRelayPlan
    {
        Servers = [.. relay.Servers.Select(server => server.Value)],
        Source = relay.Source.IsKnown ? relay.Source.Value : null,
        AddsInformation = relay.Information.Value,
        TrustsRelays = relay.TrustRelays.Value,
        MaxHops = relay.MaxHops.Value,
        PerSecond = relay.PerSecond.Value,
    };
}
