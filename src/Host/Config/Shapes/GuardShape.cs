using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys by which machines are held to the addresses that are theirs.</summary>
internal static class GuardShape
{
    public static Shape<PortGuardSection> Port { get; } = new(
        "guard",
        "Which addresses the machines behind a port may use. Ports without this group, and tunnels, are trusted.",
        new ScalarField<PortGuardSection, bool>("dhcp", "trusted: DHCP servers and routers may be behind the port. clients: clients alone; what servers give them is remembered as theirs, what servers and routers say here is dropped.", Scalars.OneOf(("trusted", false), ("clients", true)), (s, v) => s.Dhcp = v).Default(false),
        new ScalarField<PortGuardSection, bool>("source", "Whether IP sources, ARP and neighbour advertisements must be of an address that DHCP gave to the machine, or of 'addresses'.", Scalars.Boolean, (s, v) => s.Source = v).Default(false),
        new ScalarListField<PortGuardSection, TunnelAddress>("addresses", "Addresses that any machine behind the port may use.", Scalars.Address, 1024, "none", s => s.Addresses),
        new ScalarField<PortGuardSection, int>("dhcpPerSecond", "DHCP messages a second that clients may send.", Scalars.Integer(1, 10_000), (s, v) => s.DhcpPerSecond = v).Default(15));
}
