using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of DHCP relays.</summary>
internal static class DhcpRelayShape
{
    public static Shape<DhcpRelaySection> Shape { get; } = new(
        "dhcpRelay",
        "DHCP of the segment's machines is carried to servers that the router reaches (RFC 1542, RFC 8415).",
        new ScalarListField<DhcpRelaySection, TunnelAddress>("servers", "Servers of both families; each gets every request of its family.", Scalars.Address, 8, "required", s => s.Servers),
        new ScalarField<DhcpRelaySection, TunnelAddress>("source", "IPv4 address of the router under which servers answer; they choose from the interface's network all the same (RFC 3527).", Scalars.Address, (s, v) => s.Source = v).IfAbsent("that of the interface"),
        new ScalarField<DhcpRelaySection, bool>("information", "Whether option 82 says by segment and port where a client is (RFC 3046).", Scalars.Boolean, (s, v) => s.Information = v).Default(true),
        new ScalarField<DhcpRelaySection, bool>("trustRelays", "Whether requests that another relay in the segment sent on are relayed once more.", Scalars.Boolean, (s, v) => s.TrustRelays = v).Default(false),
        new ScalarField<DhcpRelaySection, int>("maxHops", "Relays that a DHCPv4 request may have passed.", Scalars.Integer(1, 16), (s, v) => s.MaxHops = v).Default(4),
        new ScalarField<DhcpRelaySection, int>("perSecond", "Requests a second that are relayed.", Scalars.Integer(1, 100_000), (s, v) => s.PerSecond = v).Default(100));
}
