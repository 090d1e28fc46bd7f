namespace Weft.Host.Config.Document;

/// <summary>The key <c>guard</c> of a port.</summary>
internal sealed class PortGuardSection : Section
{
    public Setting<bool> Dhcp { get; set; }

    public Setting<bool> Source { get; set; }

    public List<Setting<TunnelAddress>> Addresses { get; } = [];

    public Setting<int> DhcpPerSecond { get; set; }
}
