namespace Weft.Services;

/// <summary>What a <see cref="Firewall"/> has decided.</summary>
public struct FirewallCounters
{
    /// <summary>Flows judged, those judged again after a change of policy included.</summary>
    public long Judged;

    /// <summary>Packets denied.</summary>
    public long Denied;

    /// <summary>Senders that were told so.</summary>
    public long Rejected;

    /// <summary>Senders that were not: what they sent must not be answered, or too many were told lately.</summary>
    public long Unanswered;

    /// <summary>Flows that were allowed once and are not any more, after a change of policy.</summary>
    public long Revoked;
}
