namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>segments</c>.</summary>
internal sealed class SegmentSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<int> Vlan { get; set; }

    public Setting<int> Vni { get; set; }

    public Setting<string> Vtep { get; set; }

    public List<Setting<TunnelAddress>> Peers { get; } = [];

    public Setting<bool> Discover { get; set; }

    public Setting<bool> Learning { get; set; }

    public Setting<bool> Flood { get; set; }

    public SuppressionSection Suppression { get; set; } = new();

    public Setting<int> AgeingSeconds { get; set; }

    public Setting<int> MaxMacs { get; set; }

    public List<StaticMacSection> Static { get; } = [];

    public AclBindingSection Acl { get; set; } = new();

    public SegmentMulticastSection Multicast { get; set; } = new();
}
