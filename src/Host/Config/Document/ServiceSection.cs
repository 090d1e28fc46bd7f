using Weft.Services;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>services</c>.</summary>
internal sealed class ServiceSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<ServiceKind> Type { get; set; }

    public Setting<FailurePolicy> WhenFailed { get; set; }

    public ConnectionsSection Connections { get; set; } = new();

    public FirewallSection Firewall { get; set; } = new();

    public BalancerSection Balancer { get; set; } = new();

    public PolicerSection Policer { get; set; } = new();

    public MirrorSection Mirror { get; set; } = new();

    public InspectionSection Ids { get; set; } = new();

    public EncryptionSection Encryption { get; set; } = new();

    public ContainerSection Container { get; set; } = new();
}
