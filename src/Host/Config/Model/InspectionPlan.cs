using Weft.Host.Datapath.Intrusion;

namespace Weft.Host.Config;

/// <summary>Intrusion detection as a service of machines.</summary>
public sealed record InspectionPlan
{
    /// <summary>The rules, which may be read again while the switch runs.</summary>
    public required IdsRules Rules { get; init; }

    /// <summary>Whether TCP conversations whose beginning was not seen count as established.</summary>
    public bool AcceptMidstream { get; init; }

    /// <summary>Conversations that are remembered for each machine.</summary>
    public int MaxFlows { get; init; } = 4096;
}
