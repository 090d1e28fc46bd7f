namespace Weft.Host.Config.Document;

/// <summary><c>services[].container.path</c>.</summary>
internal sealed class ServicePathSection : Section
{
    public Setting<int> Outward { get; set; }

    public Setting<int> Inward { get; set; }

    public Setting<int> Functions { get; set; }
}
