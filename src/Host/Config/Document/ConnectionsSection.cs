namespace Weft.Host.Config.Document;

/// <summary><c>services[].connections</c>.</summary>
internal sealed class ConnectionsSection : Section
{
    public Setting<bool> PickUp { get; set; }

    public Setting<bool> Liberal { get; set; }
}
