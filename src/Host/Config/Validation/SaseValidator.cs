using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Sase;

namespace Weft.Host.Config.Validation;

/// <summary>Points of presence: addresses, routers, tenants that must not be mistaken for each other.</summary>
internal static class SaseValidator
{
    public static void Validate(ValidationContext context)
    {
        foreach (SaseSection sase in context.Document.Sase)
        {
            ValidateMembers(sase, context);
            bool isGateway = sase.Address.IsKnown && sase.Gateways.Any(gateway => gateway.IsKnown && gateway.Value == sase.Address.Value);
            ValidateSessionLog(sase, isGateway, context);
            foreach (SaseTenantSection tenant in sase.Tenants)
            {
                ValidateTenant(tenant, sase, isGateway, context);
            }

            UniqueValidator.Check(sase.Tenants.Where(tenant => tenant.Name.IsKnown).Select(tenant => (Quoted.Of(tenant.Name.Value), tenant.Name.At)), "is the name of another tenant already", context.Problems);
            UniqueValidator.Check(sase.Tenants.Where(tenant => tenant.Vni.IsKnown).Select(tenant => ($"VNI {tenant.Vni.Value}", tenant.Vni.At)), "is another tenant's already", context.Problems);
            UniqueValidator.Check(sase.Tenants.Where(tenant => tenant.Router.IsKnown).Select(tenant => ($"router {Quoted.Of(tenant.Router.Value)}", tenant.Router.At)), "is another tenant's already", context.Problems);
            ValidatePublicAddresses(sase, context.Problems);
            IEnumerable<(string, Location)> published = sase.Tenants.SelectMany(tenant => tenant.Published).Where(known => known is { Protocol.IsKnown: true, Public.IsKnown: true, PublicPort.IsKnown: true })
                .Select(known => ($"{known.Protocol.Value} port {known.PublicPort.Value} of {known.Public.Value}", known.PublicPort.At));
            UniqueValidator.Check(published, "is published already", context.Problems);
        }
    }

    private static void ValidateSessionLog(SaseSection sase, bool isGateway, ValidationContext context)
    {
        if (!sase.SessionLog.IsKnown)
        {
            return;
        }

        if (isGateway)
        {
            context.Problems.Error(sase.SessionLog.At, "a gateway knows of no sessions", "'sessionLog' on the nodes");
        }

        string path = context.Resolve(sase.SessionLog.Value);
        if (context.Document.Ids.SelectMany(sensor => (Setting<string>[])[sensor.Eve, sensor.FastLog, sensor.Pcap]).Any(file => file.IsKnown && context.Resolve(file.Value) == path))
        {
            context.Problems.Error(sase.SessionLog.At, $"the file {Quoted.Of(sase.SessionLog.Value)} is written by a sensor already", "a file of its own");
        }
    }

    private static void ValidateMembers(SaseSection sase, ValidationContext context)
    {
        Setting<TunnelAddress>[] members = [.. sase.Gateways.Concat(sase.Nodes).Where(member => member.IsKnown)];
        foreach (Setting<TunnelAddress> member in members.Where(member => member.Value.IsIPv6))
        {
            context.Problems.Error(member.At, $"{member.Value} is IPv6", "an IPv4 address");
        }

        foreach ((List<Setting<TunnelAddress>> list, string name) in ((List<Setting<TunnelAddress>>, string)[])[(sase.Gateways, "gateways"), (sase.Nodes, "nodes")])
        {
            if (list.Count == 0)
            {
                context.Problems.Error(sase.At, $"there are no {name}", $"{name}: [...], the same on every member");
            }
        }

        UniqueValidator.Check(members.Select(member => ($"{member.Value}", member.At)), "is another member's already", context.Problems);
        if (sase.Address.IsKnown && !members.Any(member => member.Value == sase.Address.Value))
        {
            context.Problems.Error(sase.Address.At, $"{sase.Address.Value} is neither in gateways nor in nodes");
        }

        RouterSection? router = RouterOf(sase.Router, context);
        if (router is not null && sase.Address.IsKnown && !router.Interfaces.Any(at => at.Addresses.Any(address => !address.IsKnown || address.Value.Address == sase.Address.Value)))
        {
            context.Problems.Error(sase.Address.At, $"{sase.Address.Value} is no address of router {Quoted.Of(sase.Router.Value)}");
        }

        if (router is not null && sase.Uplink.IsKnown && !router.Interfaces.Any(at => !at.Segment.IsKnown || at.Segment.Value == sase.Uplink.Value))
        {
            context.Problems.Error(sase.Uplink.At, $"the router has no interface in segment {Quoted.Of(sase.Uplink.Value)}");
        }
    }

    private static void ValidateTenant(SaseTenantSection tenant, SaseSection sase, bool isGateway, ValidationContext context)
    {
        if (isGateway && !tenant.Router.IsKnown && !tenant.Router.IsWritten)
        {
            context.Problems.Error(tenant.At, "the tenant has no router, so nothing of its sites gets here", "router: NAME");
        }

        RouterSection? router = RouterOf(tenant.Router, context);
        if (router is not null && sase.Router.IsKnown && tenant.Router.Value == sase.Router.Value)
        {
            context.Problems.Error(tenant.Router.At, "a tenant's router cannot be that of the tunnels", "a router of its own");
        }

        if (tenant.PublicPorts.IsKnown && tenant.PublicPorts.Value.Count < sase.Nodes.Count)
        {
            context.Problems.Error(tenant.PublicPorts.At, $"{tenant.PublicPorts.Value} is fewer ports than there are nodes, each of which takes others", $"at least {sase.Nodes.Count} ports");
        }

        if (tenant.Bundle.IsKnown && sase.Bundles.IsKnown && tenant.Bundle.Value >= sase.Bundles.Value)
        {
            context.Problems.Error(tenant.Bundle.At, $"{tenant.Bundle.Value} is none of {sase.Bundles.Value} bundles", $"0 to {sase.Bundles.Value - 1}");
        }

        IEnumerable<Setting<TunnelAddress>> named = tenant.Gateways.Concat(tenant.Routes.Where(route => route.Gateway.IsKnown).Select(route => route.Gateway));
        foreach (Setting<TunnelAddress> gateway in named.Where(gateway => gateway.IsKnown && !sase.Gateways.Any(known => !known.IsKnown || known.Value == gateway.Value)))
        {
            context.Problems.Error(gateway.At, $"{gateway.Value} is no gateway");
        }

        foreach (SaseRouteSection route in tenant.Routes.Where(route => route.To is { IsKnown: true, Value: SegmentRouteKind.Gateway } && !route.Gateway.IsKnown && !route.Gateway.IsWritten))
        {
            context.Problems.Error(route.To.At, "the route does not say to which gateway", "gateway: ADDRESS");
        }

        UniqueValidator.Check(tenant.Routes.Where(route => route.Prefix.IsKnown).Select(route => ($"{route.Prefix.Value}", route.Prefix.At)), "has a route already", context.Problems);
        IEnumerable<Setting<NetworkAddress>> networks = tenant.Routes.Select(route => route.Prefix).Concat(tenant.Policy.SelectMany(rule => (Setting<NetworkAddress>[])[rule.Source, rule.Destination]));
        foreach (Setting<NetworkAddress> network in networks.Where(network => network is { IsKnown: true, Value.Address.IsIPv6: true }))
        {
            context.Problems.Error(network.At, $"{network.Value} is IPv6, which nodes do not serve", "an IPv4 network");
        }

        ValidatePublished(tenant, context.Problems);
        ValidateServices(tenant, context);
    }

    private static void ValidateServices(SaseTenantSection tenant, ValidationContext context)
    {
        UniqueValidator.Check(tenant.Services.Where(name => name.IsKnown).Select(name => (Quoted.Of(name.Value), name.At)), "is among the services already", context.Problems);
        string[] all = [.. context.Document.Services.Where(service => service.Name.IsKnown).Select(service => service.Name.Value)];
        foreach (Setting<string> name in tenant.Services.Where(name => name.IsKnown))
        {
            if (context.Document.Services.Find(service => service.Name.IsKnown && service.Name.Value == name.Value) is not ServiceSection service)
            {
                context.Problems.Error(name.At, $"no service has the name {Quoted.Of(name.Value)}{NearestName.Hint(name.Value, all)}");
            }
            else if (service.Type is { IsKnown: true, Value: not (ServiceKind.Connections or ServiceKind.Firewall or ServiceKind.Policer or ServiceKind.Ids) })
            {
                // The node has chosen public endpoint and way already: nothing may change addresses, keep packets, or send others.
                context.Problems.Error(name.At, $"{Quoted.Of(name.Value)} is no service that a tenant's packets can pass", "a service of the type connections, firewall, policer or ids");
            }
        }
    }

    private static void ValidatePublished(SaseTenantSection tenant, ProblemList problems)
    {
        IEnumerable<Setting<TunnelAddress>> addresses = tenant.PublicAddresses.Append(tenant.RouterAddress).Concat(tenant.Published.SelectMany(known => (Setting<TunnelAddress>[])[known.Public, known.Inside]));
        foreach (Setting<TunnelAddress> address in addresses.Where(address => address is { IsKnown: true, Value.IsIPv6: true }))
        {
            problems.Error(address.At, $"{address.Value} is IPv6", "an IPv4 address");
        }

        foreach (SasePublishedSection known in tenant.Published.Where(known => known.Public.IsKnown && !tenant.PublicAddresses.Any(address => !address.IsKnown || address.Value == known.Public.Value)))
        {
            problems.Error(known.Public.At, $"{known.Public.Value} is no public address of the tenant");
        }
    }

    /// <summary>An address leads to one node, and bundles may be at different ones.</summary>
    private static void ValidatePublicAddresses(SaseSection sase, ProblemList problems)
    {
        var owners = new Dictionary<TunnelAddress, (int Bundle, string Name)>();
        foreach (SaseTenantSection tenant in sase.Tenants.Where(tenant => tenant is { Vni.IsKnown: true, Name.IsKnown: true } && sase.Bundles.IsKnown))
        {
            int bundle = tenant.Bundle.IsKnown ? tenant.Bundle.Value : tenant.Vni.Value % sase.Bundles.Value;
            foreach (Setting<TunnelAddress> address in tenant.PublicAddresses.Where(address => address.IsKnown))
            {
                if (!owners.TryAdd(address.Value, (bundle, tenant.Name.Value)) && owners[address.Value].Bundle != bundle)
                {
                    problems.Error(address.At, $"{address.Value} belongs to tenant {Quoted.Of(owners[address.Value].Name)} of bundle {owners[address.Value].Bundle}, and this tenant is in bundle {bundle}", "an address of its own, or the same bundle");
                }
            }
        }
    }

    private static RouterSection? RouterOf(Setting<string> name, ValidationContext context)
    {
        RouterSection? found = name.IsKnown ? context.Document.Routers.Find(router => router.Name.IsKnown && router.Name.Value == name.Value) : null;
        if (name.IsKnown && found is null)
        {
            context.Problems.Error(name.At, $"no router has the name {Quoted.Of(name.Value)}{NearestName.Hint(name.Value, [.. context.Document.Routers.Where(router => router.Name.IsKnown).Select(router => router.Name.Value)])}");
        }

        return found;
    }
}
