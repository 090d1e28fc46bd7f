namespace Weft.Host.Config.Document;

/// <summary><c>services[].mirror</c>.</summary>
internal sealed class MirrorSection : Section
{
    public Setting<int> Packets { get; set; }

    public Setting<int> Snap { get; set; }
}
