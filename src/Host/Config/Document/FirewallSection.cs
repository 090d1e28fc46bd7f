using Weft.Services;

namespace Weft.Host.Config.Document;

/// <summary><c>services[].firewall</c>.</summary>
internal sealed class FirewallSection : Section
{
    public Setting<FirewallAction> Otherwise { get; set; }

    public List<FirewallRuleSection> Rules { get; } = [];
}
