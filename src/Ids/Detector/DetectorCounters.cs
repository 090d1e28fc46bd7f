namespace Weft.Ids;

/// <summary>What a detector did, added up.</summary>
public struct DetectorCounters
{
    /// <summary>Packets that were handed in.</summary>
    public long Packets;

    /// <summary>Packets that were not inspected: not IP, damaged, or a fragment.</summary>
    public long NotInspected;

    /// <summary>Packets that were not inspected because a rule had passed or dropped their conversation.</summary>
    public long Decided;

    /// <summary>Rules whose strings were all found, or that have none.</summary>
    public long Candidates;

    /// <summary>Candidates whose header matched and whose payload was then evaluated.</summary>
    public long Evaluations;

    /// <summary>Searches and comparisons of all evaluations.</summary>
    public long Steps;

    /// <summary>Evaluations that a bound cut short: a regular expression out of time, or too many ways to extract a number.</summary>
    public long CutShort;

    /// <summary>Alerts that were written.</summary>
    public long Alerts;

    /// <summary>Alerts for which the caller's span had no room.</summary>
    public long AlertsLost;

    /// <summary>Alerts that a threshold held back.</summary>
    public long AlertsSuppressed;

    /// <summary>Conversations that could not be remembered, or took the place of an idle one.</summary>
    public long FlowsLost;

    /// <summary>What the scans did.</summary>
    public ScanCounters Scan;
}
