using Weft.Services;

namespace Weft.Host.Config;

/// <summary>A service that machines can have: its kind, and the settings of that kind alone.</summary>
public sealed record ServicePlan
{
    /// <summary>Name, by which machines refer to it.</summary>
    public required string Name { get; init; }

    /// <summary>What it does.</summary>
    public required ServiceKind Kind { get; init; }

    /// <summary>What becomes of packets while it is out of order; null for what its kind asks for.</summary>
    public FailurePolicy? WhenFailed { get; init; }

    /// <summary>For <see cref="ServiceKind.Connections"/>.</summary>
    public ConnectionTrackerOptions Connections { get; init; } = new();

    /// <summary>For <see cref="ServiceKind.Firewall"/>: rules in order.</summary>
    public IReadOnlyList<FirewallRule> Rules { get; init; } = [];

    /// <summary>For <see cref="ServiceKind.Firewall"/>: what becomes of flows that no rule matches.</summary>
    public FirewallAction Otherwise { get; init; }

    /// <summary>For <see cref="ServiceKind.LoadBalancer"/>.</summary>
    public IReadOnlyList<VirtualService> VirtualServices { get; init; } = [];

    /// <summary>For <see cref="ServiceKind.Policer"/>.</summary>
    public PolicerOptions Rates { get; init; } = new();

    /// <summary>For <see cref="ServiceKind.Mirror"/>: packets of each flow that are copied; null for all.</summary>
    public int? MirroredPackets { get; init; }

    /// <summary>For <see cref="ServiceKind.Mirror"/>: bytes of each packet that are copied; null for all.</summary>
    public int? MirroredBytes { get; init; }

    /// <summary>For <see cref="ServiceKind.Ids"/>.</summary>
    public InspectionPlan? Inspection { get; init; }

    /// <summary>For <see cref="ServiceKind.Encryption"/>: the other machines.</summary>
    public IReadOnlyList<SecurityPlan> Encryption { get; init; } = [];

    /// <summary>For <see cref="ServiceKind.Container"/>.</summary>
    public ContainerPlan? Container { get; init; }
}
