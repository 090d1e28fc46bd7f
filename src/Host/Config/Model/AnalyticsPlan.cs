namespace Weft.Host.Config;

/// <summary>What is watched, and where alarms go.</summary>
public sealed record AnalyticsPlan
{
    /// <summary>Where alarms are kept; null if they are forgotten when the switch ends.</summary>
    public AlarmStorePlan? Store { get; init; }

    /// <summary>The processes of this machine; null if they are not watched.</summary>
    public ProcessWatchPlan? Processes { get; init; }

    /// <summary>What is noted of conversations; null if nothing is.</summary>
    public FlowMeterPlan? Flows { get; init; }

    /// <summary>How well the network is segmented; null if nobody asks.</summary>
    public QuotientPlan? Quotients { get; init; }
}
