namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>sase[].tenants</c>.</summary>
internal sealed class SaseTenantSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<int> Vni { get; set; }

    public Setting<int> Bundle { get; set; }

    public Setting<string> Router { get; set; }

    public List<Setting<TunnelAddress>> Gateways { get; } = [];

    public Setting<TunnelAddress> RouterAddress { get; set; }

    public List<SaseRouteSection> Routes { get; } = [];

    public List<SaseRuleSection> Policy { get; } = [];

    public List<Setting<TunnelAddress>> PublicAddresses { get; } = [];

    public Setting<NumberRange> PublicPorts { get; set; }

    public List<SasePublishedSection> Published { get; } = [];

    public List<Setting<string>> Services { get; } = [];

    public Setting<int> BudgetMicroseconds { get; set; }

    public Setting<int> Flows { get; set; }
}
