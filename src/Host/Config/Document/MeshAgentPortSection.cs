using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>The key <c>mesh.agent</c>.</summary>
internal sealed class MeshAgentPortSection : Section
{
    public Setting<string> Port { get; set; }

    public Setting<MacAddress> Mac { get; set; }
}
