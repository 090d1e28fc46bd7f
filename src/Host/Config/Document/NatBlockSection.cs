namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>nat[].blocks</c>.</summary>
internal sealed class NatBlockSection : Section
{
    public Setting<TunnelAddress> Address { get; set; }

    public Setting<NumberRange> Ports { get; set; }
}
