namespace Weft.Host.Config.Document;

/// <summary><c>nat[].tunnel</c>.</summary>
internal sealed class NatTunnelSection : Section
{
    public Setting<NetworkAddress> Prefix { get; set; }

    public Setting<TunnelAddress> Address { get; set; }

    public Setting<NetworkAddress> Hosts { get; set; }

    public Setting<int> Mtu { get; set; }
}
