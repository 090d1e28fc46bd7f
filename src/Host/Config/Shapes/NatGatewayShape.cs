using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of gateways in front of hosts that share addresses.</summary>
internal static class NatGatewayShape
{
    private const int MaxPort = 65_535;

    public static Shape<PortOwnerSection> Owner { get; } = new(
        "owner",
        "Ports of a shared address, and the host that owns them.",
        new ScalarField<PortOwnerSection, TunnelAddress>("address", "The shared IPv4 address.", Scalars.Address, (s, v) => s.Address = v).Required(),
        new ScalarField<PortOwnerSection, NumberRange>("ports", "Ports; a range is split into blocks of a power of two.", Scalars.Range(2, MaxPort), (s, v) => s.Ports = v).Required(),
        new ScalarField<PortOwnerSection, TunnelAddress>("host", "The owner's end of the tunnel ('nat[].tunnel.address' there).", Scalars.Address, (s, v) => s.Host = v).Required());

    public static Shape<NatGatewaySection> Shape { get; } = new(
        "nat gateway",
        "The way from outside to hosts that share addresses by ports: a router of this switch puts packets for them into the tunnel to the owner of their port.",
        new ScalarField<NatGatewaySection, string>("name", "Shown in tables.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<NatGatewaySection, string>("router", "Name of the router; it translates for no machines itself.", Scalars.Name, (s, v) => s.Router = v).Required(),
        new ScalarListField<NatGatewaySection, TunnelAddress>("addresses", "The shared IPv4 addresses.", Scalars.Address, 4096, "required", s => s.Addresses),
        new GroupField<NatGatewaySection, NatTunnelSection>("tunnel", "The tunnel to the hosts: their prefix and their network 'hosts', and an address of this router that is not in it.", NatShape.Tunnel, (s, v) => s.Tunnel = v),
        new ScalarField<NatGatewaySection, bool>("learn", "Whether owners are those that the cluster has leased ports to.", Scalars.Boolean, (s, v) => s.Learn = v).Default(false),
        new GroupListField<NatGatewaySection, PortOwnerSection>("owners", "Owners of ports. Without them and without 'learn' the router's routes to addresses of the plan say where each port is.", Owner, 0, 65_536, s => s.Owners));
}
