namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>natGateways</c>.</summary>
internal sealed class NatGatewaySection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<string> Router { get; set; }

    public List<Setting<TunnelAddress>> Addresses { get; } = [];

    public NatTunnelSection Tunnel { get; set; } = new();

    public Setting<bool> Learn { get; set; }

    public List<PortOwnerSection> Owners { get; } = [];
}
