namespace Weft.Host.Config.Document;

/// <summary><c>moves</c>.</summary>
internal sealed class MovesSection : Section
{
    public Setting<TunnelAddress> Listen { get; set; }

    public Setting<int> Port { get; set; }

    public Setting<string> KeyFile { get; set; }

    public Setting<int> FreezeMilliseconds { get; set; }

    public Setting<int> TimeoutMilliseconds { get; set; }

    public List<MoveHostSection> Hosts { get; } = [];
}
