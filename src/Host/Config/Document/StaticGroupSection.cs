namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>static</c> of a segment's <c>multicast</c>.</summary>
internal sealed class StaticGroupSection : Section
{
    public Setting<TunnelAddress> Group { get; set; }

    public Setting<TunnelAddress> Source { get; set; }

    public Setting<string> Port { get; set; }

    public Setting<TunnelAddress> Peer { get; set; }
}
