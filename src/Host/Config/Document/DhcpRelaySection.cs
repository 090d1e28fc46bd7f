namespace Weft.Host.Config.Document;

/// <summary>The key <c>dhcpRelay</c> of a router's interface.</summary>
internal sealed class DhcpRelaySection : Section
{
    public List<Setting<TunnelAddress>> Servers { get; } = [];

    public Setting<TunnelAddress> Source { get; set; }

    public Setting<bool> Information { get; set; }

    public Setting<bool> TrustRelays { get; set; }

    public Setting<int> MaxHops { get; set; }

    public Setting<int> PerSecond { get; set; }
}
