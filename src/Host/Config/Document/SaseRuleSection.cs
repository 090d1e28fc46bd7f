using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>sase[].tenants[].policy</c>.</summary>
internal sealed class SaseRuleSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<bool> Allow { get; set; }

    public Setting<bool> FromUplink { get; set; }

    public Setting<IpProtocol> Protocol { get; set; }

    public Setting<NetworkAddress> Source { get; set; }

    public Setting<NetworkAddress> Destination { get; set; }

    public Setting<NumberRange> Ports { get; set; }
}
