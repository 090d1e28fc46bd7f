using Weft.Sase;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>sase</c>.</summary>
internal sealed class SaseSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<string> Router { get; set; }

    public Setting<TunnelAddress> Address { get; set; }

    public List<Setting<TunnelAddress>> Gateways { get; } = [];

    public List<Setting<TunnelAddress>> Nodes { get; } = [];

    public Setting<string> Uplink { get; set; }

    public Setting<ServiceEncapsulation> Encapsulation { get; set; }

    public Setting<int> Mtu { get; set; }

    public Setting<int> Bundles { get; set; }

    public Setting<int> ControlPort { get; set; }

    public Setting<int> BfdMilliseconds { get; set; }

    public Setting<int> BfdMultiplier { get; set; }

    public Setting<int> HoldSeconds { get; set; }

    public Setting<bool> Bypass { get; set; }

    public Setting<int> Flows { get; set; }

    public Setting<int> CommitMilliseconds { get; set; }

    public Setting<int> CommitPackets { get; set; }

    public Setting<bool> CommitFailure { get; set; }

    public Setting<string> SessionLog { get; set; }

    public List<SaseTenantSection> Tenants { get; } = [];
}
