using Weft.Host.Config.Document;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of a mesh.</summary>
internal static class MeshShape
{
    private static readonly LoopbackPool Pool = new();

    public static Shape<MeshMachineSection> Machine { get; } = new(
        "meshMachine",
        "A machine of the mesh. The list is the same on every machine.",
        new ScalarField<MeshMachineSection, string>("name", "Unique among machines.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<MeshMachineSection, int>("number", "Its number for good: loopback addresses are computed from it. Not to be given to another machine within eight minutes after one has left.", Scalars.Integer(0, MachineId.MaxNumber), (s, v) => s.Number = v).Required(),
        new ScalarField<MeshMachineSection, SpiffeId>("identity", "The SPIFFE ID of its certificate. Nothing else decides as whom its connections are restored.", MeshScalars.Identity, (s, v) => s.Identity = v).Required(),
        new ScalarListField<MeshMachineSection, TunnelAddress>("addresses", "Addresses of its applications; new ones go to the end.", Scalars.Address, 2 * MeshMachine.MaxAddresses, "required", s => s.Addresses),
        new ScalarField<MeshMachineSection, MeshEndpoint>("tunnel", "Where its agent accepts TLS.", MeshScalars.Endpoint, (s, v) => s.Tunnel = v).Required(),
        new ScalarListField<MeshMachineSection, MeshPort>("ports", "Ports that its applications serve, each at every address.", MeshScalars.Port, 4096, "it serves nothing", s => s.Ports));

    public static Shape<MeshAgentPortSection> AgentPort { get; } = new(
        "meshAgent",
        "Where the agent is, if the switch translates.",
        new ScalarField<MeshAgentPortSection, string>("port", "Name of an access-role port that leads to the agent and to nobody else.", Scalars.Name, (s, v) => s.Port = v).Required(),
        new ScalarField<MeshAgentPortSection, MacAddress>("mac", "MAC address of the agent's interface.", Scalars.Mac, (s, v) => s.Mac = v).Required());

    public static Shape<MeshApplicationSection> Application { get; } = new(
        "meshApplication",
        "Where applications of this machine are.",
        new ScalarField<MeshApplicationSection, string>("port", "Name of an access-role port.", Scalars.Name, (s, v) => s.Port = v).Required(),
        new ScalarField<MeshApplicationSection, MacAddress>("mac", "MAC address behind it.", Scalars.Mac, (s, v) => s.Mac = v).Required(),
        new ScalarListField<MeshApplicationSection, TunnelAddress>("addresses", "Which of the machine's addresses are there.", Scalars.Address, 2 * MeshMachine.MaxAddresses, "required", s => s.Addresses));

    public static Shape<MeshTlsSection> Tls { get; } = new(
        "meshTls",
        "The identity of the agent that 'weft mesh run' starts. The files are watched; new ones count without a restart.",
        new ScalarField<MeshTlsSection, string>("certificate", "The certificate and what stands between it and a root, PEM.", Scalars.Path, (s, v) => s.Certificate = v).Required(),
        new ScalarField<MeshTlsSection, string>("key", "Its private key, PEM.", Scalars.Path, (s, v) => s.Key = v).Required(),
        new ScalarField<MeshTlsSection, string>("bundle", "Roots of the trust domain, PEM.", Scalars.Path, (s, v) => s.Bundle = v).Required(),
        new ScalarField<MeshTlsSection, MeshTunnelMode>("mode", "multiplexed: connections of two machines share one TLS connection. per-connection: each has its own.", Scalars.OneOf(("multiplexed", MeshTunnelMode.Multiplexed), ("per-connection", MeshTunnelMode.PerConnection)), (s, v) => s.Mode = v).Default(MeshTunnelMode.Multiplexed));

    public static Shape<MeshSection> Shape { get; } = new(
        "mesh",
        "This machine's part in a mesh in which every application talks TLS to every other and none of them knows.",
        new ScalarField<MeshSection, string>("self", "Which of the machines this is.", Scalars.Name, (s, v) => s.Self = v).Required(),
        new GroupListField<MeshSection, MeshMachineSection>("machines", "All machines, this one included.", Machine, 1, 65_536, s => s.Machines),
        new GroupField<MeshSection, MeshAgentPortSection>("agent", "Where the agent is, if the switch translates; without it the kernel does (see 'weft mesh nft').", AgentPort, (s, v) => s.AgentPort = v),
        new GroupListField<MeshSection, MeshApplicationSection>("applications", "Where this machine's applications are, if the switch translates.", Application, 0, 1024, s => s.Applications),
        new ScalarField<MeshSection, bool>("plaintext", "refuse: only the mesh reaches services. allow: others may reach them past it, while it is being introduced.", Scalars.OneOf(("refuse", false), ("allow", true)), (s, v) => s.AllowPlaintext = v).Default(false),
        new ScalarField<MeshSection, NetworkAddress>("ipv4Pool", $"Addresses that stand for machines between applications and agent, a prefix of {LoopbackPool.MinIPv4Length} to {LoopbackPool.MaxIPv4Length} bits that nobody else uses; outside 127.0.0.0/8 if the switch translates.", Scalars.Prefix, (s, v) => s.IPv4Pool = v).Default(new NetworkAddress(new TunnelAddress(Pool.IPv4.Address), Pool.IPv4.Length)),
        new ScalarField<MeshSection, NetworkAddress>("ipv6Pool", $"The same for IPv6, a prefix of {LoopbackPool.MinIPv6Length} to {LoopbackPool.MaxIPv6Length} bits.", Scalars.Prefix, (s, v) => s.IPv6Pool = v).Default(new NetworkAddress(new TunnelAddress(Pool.IPv6.Address), Pool.IPv6.Length)),
        new ScalarField<MeshSection, NumberRange>("redirectPorts", $"Ports of the agent's listeners: a power of two of them, {Mesh.RedirectPorts.MinCount} to 32768, that neither clients nor services use.", Scalars.Range(1024, ushort.MaxValue), (s, v) => s.RedirectPorts = v).Default(new NumberRange(Pool.RedirectPorts.First, Pool.RedirectPorts.First + Pool.RedirectPorts.Count - 1)),
        new ScalarField<MeshSection, int>("flows", "Connections that are remembered, of each family.", Scalars.Integer(16, 1 << 24), (s, v) => s.Flows = v).Default(65_536),
        new GroupField<MeshSection, MeshTlsSection>("tls", "The identity of the agent that 'weft mesh run' starts.", Tls, (s, v) => s.Tls = v));

    /// <summary>A file for a plain host, which has a mesh and no switch.</summary>
    public static Shape<SwitchDocument> File { get; } = new(
        "meshFile",
        "Configuration of a host whose kernel translates for a mesh.",
        new ScalarField<SwitchDocument, string>("schema", "Version of this language.", Scalars.OneOf(("weft/1", "weft/1")), (s, v) => s.Schema = v).Required(),
        new GroupField<SwitchDocument, MeshSection>("mesh", "This machine's part in a mesh.", Shape, (s, v) => s.Mesh = v));

    /// <summary>Its tables of the guide.</summary>
    public static GuideTable[] Guide() =>
        [DocumentShape.Table(Shape), DocumentShape.Table(Machine), DocumentShape.Table(AgentPort), DocumentShape.Table(Application), DocumentShape.Table(Tls)];
}
