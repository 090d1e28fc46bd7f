namespace Weft.Host.Config.Document;

/// <summary>The key <c>erspan</c> of a mirror.</summary>
internal sealed class ErspanSection : Section
{
    public Setting<string> Router { get; set; }

    public Setting<TunnelAddress> Collector { get; set; }

    public Setting<int> Session { get; set; }

    public Setting<int> Type { get; set; }

    public Setting<int> Dscp { get; set; }

    public Setting<int> Ttl { get; set; }
}
