using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>mesh.applications</c>.</summary>
internal sealed class MeshApplicationSection : Section
{
    public Setting<string> Port { get; set; }

    public Setting<MacAddress> Mac { get; set; }

    public List<Setting<TunnelAddress>> Addresses { get; } = [];
}
