using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Host.Config;

/// <summary>Turns the points of presence of a document without errors into their plans.</summary>
internal static class SasePlanBuilder
{
    private const ushort FirstPort = 1024;

    public static SasePlan Build(SaseSection sase, SwitchDocument document, ValidationContext context) => new()
    {
        Name = sase.Name.Value,
        Router = RouterOf(sase.Router.Value, document),
        Address = sase.Address.Value.V4,
        Gateways = sase.Gateways.Select(gateway => gateway.Value.V4).ToArray(),
        Nodes = sase.Nodes.Select(node => node.Value.V4).ToArray(),
        Uplink = sase.Uplink.IsKnown ? document.Segments.FindIndex(segment => segment.Name.Value == sase.Uplink.Value) : -1,
        Encapsulation = sase.Encapsulation.Value,
        MtuBytes = sase.Mtu.Value,
        Bundles = sase.Bundles.Value,
        ControlPort = (ushort)sase.ControlPort.Value,
        BfdInterval = TimeSpan.FromMilliseconds(sase.BfdMilliseconds.Value),
        BfdMultiplier = (byte)sase.BfdMultiplier.Value,
        HoldTime = TimeSpan.FromSeconds(sase.HoldSeconds.Value),
        Commit = sase.CommitMilliseconds.Value == 0 ? null : new CommitOptions
        {
            Wait = TimeSpan.FromMilliseconds(sase.CommitMilliseconds.Value),
            Packets = sase.CommitPackets.Value,
            FailOpen = sase.CommitFailure.Value,
        },
        Bypass = sase.Bypass.Value,
        Flows = sase.Flows.Value,
        SessionLogPath = sase.SessionLog.IsKnown ? context.Resolve(sase.SessionLog.Value) : null,
        Tenants = sase.Tenants.Select(tenant => new SaseTenantPlan(tenant.Name.Value, tenant.Router.IsKnown ? RouterOf(tenant.Router.Value, document) : -1, SegmentOf(tenant, sase))
        {
            Services = tenant.Services.Select(name => document.Services.FindIndex(service => service.Name.Value == name.Value)).ToArray(),
            Budget = tenant.BudgetMicroseconds.IsKnown ? TimeSpan.FromMicroseconds(tenant.BudgetMicroseconds.Value) : null,
        }).ToArray(),
    };

    private static SegmentOptions SegmentOf(SaseTenantSection tenant, SaseSection sase) => new()
    {
        Vni = (uint)tenant.Vni.Value,
        Bundle = tenant.Bundle.IsKnown ? tenant.Bundle.Value : tenant.Vni.Value % sase.Bundles.Value,
        Gateways = tenant.Gateways.Select(gateway => GatewayOf(gateway.Value, sase)).ToArray(),
        RouterAddress = tenant.RouterAddress.IsKnown ? tenant.RouterAddress.Value.V4 : IPv4Address.Any,
        Routes = tenant.Routes.Select(route => new SegmentRoute(PrefixOf(route.Prefix), route.To.Value, route.Gateway.IsKnown ? GatewayOf(route.Gateway.Value, sase) : -1)).ToArray(),
        Policy = new SegmentPolicy(tenant.Policy.Select(rule => new PolicyRule
        {
            Name = rule.Name.Value,
            Allow = rule.Allow.Value,
            FromUplink = rule.FromUplink.IsKnown ? rule.FromUplink.Value : null,
            Protocol = rule.Protocol.IsKnown ? rule.Protocol.Value : null,
            Source = PrefixOf(rule.Source),
            Destination = PrefixOf(rule.Destination),
            FirstPort = (ushort)(rule.Ports.IsKnown ? rule.Ports.Value.First : 0),
            LastPort = (ushort)(rule.Ports.IsKnown ? rule.Ports.Value.Last : ushort.MaxValue),
        }).ToArray()),
        PublicAddresses = tenant.PublicAddresses.Select(address => address.Value.V4).ToArray(),
        FirstPort = tenant.PublicPorts.IsKnown ? (ushort)tenant.PublicPorts.Value.First : FirstPort,
        LastPort = tenant.PublicPorts.IsKnown ? (ushort)tenant.PublicPorts.Value.Last : ushort.MaxValue,
        Published = tenant.Published.Select(known => new PublishedService(known.Protocol.Value, known.Public.Value.V4, (ushort)known.PublicPort.Value, known.Inside.Value.V4, (ushort)known.InsidePort.Value)).ToArray(),
        FlowQuota = tenant.Flows.Value,
    };

    private static IPv4Prefix PrefixOf(Setting<NetworkAddress> prefix) => prefix.IsKnown ? new IPv4Prefix(prefix.Value.Address.V4, prefix.Value.PrefixLength) : default;

    private static int GatewayOf(TunnelAddress address, SaseSection sase) => sase.Gateways.FindIndex(gateway => gateway.Value == address);

    private static int RouterOf(string name, SwitchDocument document) => document.Routers.FindIndex(router => router.Name.Value == name);
}
