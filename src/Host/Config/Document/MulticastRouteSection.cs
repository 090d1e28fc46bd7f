namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>multicast.routes</c>.</summary>
internal sealed class MulticastRouteSection : Section
{
    public Setting<TunnelAddress> Group { get; set; }

    public Setting<TunnelAddress> Source { get; set; }

    public Setting<string> From { get; set; }

    public List<Setting<string>> To { get; } = [];

    public Setting<int> TtlThreshold { get; set; }
}
