namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>natGateways[].owners</c>.</summary>
internal sealed class PortOwnerSection : Section
{
    public Setting<TunnelAddress> Address { get; set; }

    public Setting<NumberRange> Ports { get; set; }

    public Setting<TunnelAddress> Host { get; set; }
}
