using Weft.Mesh;
using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>This machine's part in a mesh in which every application talks TLS.</summary>
public sealed record MeshHostPlan
{
    /// <summary>Addresses, listeners and who is who.</summary>
    public required MeshPlan Plan { get; init; }

    /// <summary>Index of the port behind which the agent is; -1 if the switch translates nothing, because the kernel does.</summary>
    public int AgentPort { get; init; } = -1;

    /// <summary>MAC address of the agent.</summary>
    public MacAddress AgentMac { get; init; }

    /// <summary>Where applications are.</summary>
    public IReadOnlyList<MeshApplicationPlan> Applications { get; init; } = [];

    /// <summary>Whether others than the agent may reach services.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>Connections of each family.</summary>
    public int Flows { get; init; } = 65_536;

    /// <summary>Certificates; null if the agent that runs here is somebody else's.</summary>
    public MeshTlsPlan? Tls { get; init; }

    /// <summary>True if the switch itself translates.</summary>
    public bool IsTranslated => AgentPort >= 0;
}
