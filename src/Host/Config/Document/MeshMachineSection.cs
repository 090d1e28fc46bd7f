using Weft.Mesh;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>mesh.machines</c>.</summary>
internal sealed class MeshMachineSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<int> Number { get; set; }

    public Setting<SpiffeId> Identity { get; set; }

    public List<Setting<TunnelAddress>> Addresses { get; } = [];

    public Setting<MeshEndpoint> Tunnel { get; set; }

    public List<Setting<MeshPort>> Ports { get; } = [];
}
