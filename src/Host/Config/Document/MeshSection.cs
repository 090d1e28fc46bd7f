using Weft.Mesh;

namespace Weft.Host.Config.Document;

/// <summary>The key <c>mesh</c>.</summary>
internal sealed class MeshSection : Section
{
    public Setting<string> Self { get; set; }

    public Setting<bool> AllowPlaintext { get; set; }

    public Setting<NetworkAddress> IPv4Pool { get; set; }

    public Setting<NetworkAddress> IPv6Pool { get; set; }

    public Setting<NumberRange> RedirectPorts { get; set; }

    public Setting<int> Flows { get; set; }

    public List<MeshMachineSection> Machines { get; } = [];

    public MeshAgentPortSection AgentPort { get; set; } = new();

    public List<MeshApplicationSection> Applications { get; } = [];

    public MeshTlsSection Tls { get; set; } = new();

    /// <summary>The plan that validation made.</summary>
    public MeshPlan? Plan { get; set; }
}
