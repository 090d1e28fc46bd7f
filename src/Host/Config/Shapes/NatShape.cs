using Weft.Host.Config.Document;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of address translation.</summary>
internal static class NatShape
{
    private const int MaxPort = 65_535;

    public static Shape<NatBlockSection> Block { get; } = new(
        "block",
        "Ports of a shared address that this host owns.",
        new ScalarField<NatBlockSection, TunnelAddress>("address", "The shared IPv4 address.", Scalars.Address, (s, v) => s.Address = v).Required(),
        new ScalarField<NatBlockSection, NumberRange>("ports", "Ports; a range is split into blocks of a power of two.", Scalars.Range(2, MaxPort), (s, v) => s.Ports = v).Required());

    public static Shape<NatSharedSection> Shared { get; } = new(
        "shared",
        "Shared addresses whose ports go to hosts as they need them.",
        new ScalarListField<NatSharedSection, TunnelAddress>("addresses", "The shared IPv4 addresses, the same for all hosts.", Scalars.Address, 256, "required", s => s.Addresses),
        new ScalarField<NatSharedSection, int>("blockPorts", "Ports of a block, a power of two, the same for all hosts.", Scalars.Integer(16, 32_768), (s, v) => s.BlockPorts = v).Default(512),
        new ScalarField<NatSharedSection, int>("firstPort", "Ports below this one belong to nobody.", Scalars.Integer(1, MaxPort), (s, v) => s.FirstPort = v).Default(1024),
        new ScalarField<NatSharedSection, int>("sparePorts", "Free ports below which another block is leased.", Scalars.Integer(1, 32_768), (s, v) => s.SparePorts = v).Default(256),
        new ScalarField<NatSharedSection, int>("maxBlocks", "Most blocks of this host.", Scalars.Integer(1, 64), (s, v) => s.MaxBlocks = v).Default(16),
        new ScalarField<NatSharedSection, int>("quarantineSeconds", "Time that a block rests before another host gets it: twice TCP's segment lifetime.", Scalars.Integer(0, 3600, "seconds"), (s, v) => s.QuarantineSeconds = v).Default(240));

    public static Shape<NatTunnelSection> Tunnel { get; } = new(
        "tunnel",
        "IPv4 in IPv6 (RFC 2473) from gateways, which find the owner of a port by its address in the plan.",
        new ScalarField<NatTunnelSection, NetworkAddress>("prefix", "Prefix of the plan, 64 bits in fd00::/8; shared address and port follow it.", Scalars.Prefix, (s, v) => s.Prefix = v).IfAbsent("no tunnel: packets for shared addresses come as they are"),
        new ScalarField<NatTunnelSection, TunnelAddress>("address", "Address of the router that redirected packets are sent from.", Scalars.Address, (s, v) => s.Address = v).IfAbsent("required with a prefix"),
        new ScalarField<NatTunnelSection, NetworkAddress>("hosts", "Where such addresses of all hosts are, and those of gateways are not: what comes from there is not redirected again.", Scalars.Prefix, (s, v) => s.Hosts = v).IfAbsent("required with a prefix"),
        new ScalarField<NatTunnelSection, int>("mtu", "Largest outer packet.", Scalars.Integer(NatTunnelOptions.MinMtu, MaxPort, "bytes"), (s, v) => s.Mtu = v).Default(1500));

    public static Shape<NatStaticSection> Static { get; } = new(
        "mapping",
        "A machine's port that can be reached from outside.",
        new ScalarField<NatStaticSection, IpProtocol>("protocol", "Protocol.", Scalars.OneOf(("udp", IpProtocol.Udp), ("tcp", IpProtocol.Tcp)), (s, v) => s.Protocol = v).Required(),
        new ScalarField<NatStaticSection, TunnelAddress>("inside", "The machine's IPv4 address.", Scalars.Address, (s, v) => s.Inside = v).Required(),
        new ScalarField<NatStaticSection, int>("insidePort", "Its port.", Scalars.Integer(1, MaxPort), (s, v) => s.InsidePort = v).Required(),
        new ScalarField<NatStaticSection, TunnelAddress>("outside", "The shared address.", Scalars.Address, (s, v) => s.Outside = v).Required(),
        new ScalarField<NatStaticSection, int>("outsidePort", "The port there, in a block of this host.", Scalars.Integer(1, MaxPort), (s, v) => s.OutsidePort = v).Required());

    public static Shape<NatSection> Shape { get; } = new(
        "nat",
        "Source NAT of a router: what its machines send outside leaves from ports of shared addresses, of which other hosts own others.",
        new ScalarField<NatSection, string>("name", "Shown in tables and events.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<NatSection, string>("router", "Name of the router.", Scalars.Name, (s, v) => s.Router = v).Required(),
        new ScalarField<NatSection, string>("outside", "Name of the segment that leads outside.", Scalars.Name, (s, v) => s.Outside = v).Required(),
        new ScalarListField<NatSection, NetworkAddress>("inside", "IPv4 networks of machines that are translated.", Scalars.Prefix, 256, "every machine", s => s.Inside),
        new GroupListField<NatSection, NatBlockSection>("blocks", "Ports that this host owns; 64 blocks of a power of two at most.", Block, 0, 64, s => s.Blocks),
        new GroupField<NatSection, NatSharedSection>("shared", "Addresses whose ports the hosts of a cluster lease in blocks, in place of blocks of this host alone.", Shared, (s, v) => s.Shared = v),
        new GroupField<NatSection, NatTunnelSection>("tunnel", "How packets for shared ports get here.", Tunnel, (s, v) => s.Tunnel = v),
        new GroupListField<NatSection, NatStaticSection>("static", "Ports that are open for good.", Static, 0, 4096, s => s.Static),
        new ScalarField<NatSection, MappingBehavior>("mapping", "endpoint-independent: one port for all remotes (RFC 4787 REQ-1). address-and-port: one for each.", Scalars.OneOf(("endpoint-independent", MappingBehavior.EndpointIndependent), ("address-and-port", MappingBehavior.AddressAndPortDependent)), (s, v) => s.Mapping = v).Default(MappingBehavior.EndpointIndependent),
        new ScalarField<NatSection, FilteringBehavior>("filtering", "Who may send to a machine's port: anybody, an address that the machine sent to, or address and port.", Scalars.OneOf(("endpoint-independent", FilteringBehavior.EndpointIndependent), ("address", FilteringBehavior.AddressDependent), ("address-and-port", FilteringBehavior.AddressAndPortDependent)), (s, v) => s.Filtering = v).Default(FilteringBehavior.EndpointIndependent),
        new ScalarField<NatSection, NatLogging>("logging", "Which events are published.", Scalars.OneOf([.. Enum.GetValues<NatLogging>().Select(value => (value.ToString().ToLowerInvariant(), value))]), (s, v) => s.Logging = v).Default(NatLogging.Blocks),
        new ScalarField<NatSection, int>("entries", "Mappings and sessions.", Scalars.Integer(16, 1 << 24), (s, v) => s.Entries = v).Default(65_536),
        new ScalarField<NatSection, int>("machines", "Machines that have mappings at a time.", Scalars.Integer(1, 1 << 20), (s, v) => s.Machines = v).Default(4096),
        new ScalarField<NatSection, int>("mappingsPerMachine", "Mappings of a machine for each protocol (RFC 6888 REQ-4).", Scalars.Integer(1, MaxPort), (s, v) => s.MappingsPerMachine = v).Default(MaxPort));
}
