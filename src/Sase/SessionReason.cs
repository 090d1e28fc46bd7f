namespace Weft.Sase;

/// <summary>Why a session began, is over, or is none.</summary>
public enum SessionReason : byte
{
    /// <summary>Start, or blocked: a rule of the policy, or that none matched.</summary>
    Policy,

    /// <summary>Start: another node's session, or a flow that lived before sessions were noted, goes on here under a name of its own.</summary>
    TakenOver,

    /// <summary>Blocked: a service refused the first packet.</summary>
    Service,

    /// <summary>End: both sides closed the connection.</summary>
    Closed,

    /// <summary>End: a side reset the connection.</summary>
    Reset,

    /// <summary>End: nothing was heard of it for too long.</summary>
    Idle,

    /// <summary>End: what was allowed is not any more; the record names the rule that says so, and none if no rule matches or the public address is gone.</summary>
    PolicyChanged,

    /// <summary>End: the backup did not confirm the flow, and packets do not leave without (<see cref="CommitOptions.FailOpen"/>).</summary>
    Unconfirmed,

    /// <summary>End: another node owns the tenant's bundle.</summary>
    HandedOver,

    /// <summary>End: the tenant is not configured any more.</summary>
    TenantRemoved,

    /// <summary>End: the node stops.</summary>
    Stopped,
}
