using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>services[].firewall.rules</c>.</summary>
internal sealed class FirewallRuleSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<FirewallAction> Action { get; set; }

    public Setting<ServiceDirection> Opened { get; set; }

    public Setting<IpProtocol> Protocol { get; set; }

    public List<Setting<string>> Remote { get; } = [];

    public List<Setting<string>> Local { get; } = [];

    public Setting<NumberRange> Ports { get; set; }
}
