namespace Weft.Host.Config.Document;

/// <summary>The key <c>mesh.tls</c>.</summary>
internal sealed class MeshTlsSection : Section
{
    public Setting<string> Certificate { get; set; }

    public Setting<string> Key { get; set; }

    public Setting<string> Bundle { get; set; }

    public Setting<MeshTunnelMode> Mode { get; set; }
}
