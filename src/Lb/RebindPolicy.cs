namespace Weft.Lb;

/// <summary>What happens if a flow comes from another load balancer than before.</summary>
public enum RebindPolicy : byte
{
    /// <summary>The first one keeps it until the flow has ended or been idle, or the load balancer is removed.</summary>
    Pinned,

    /// <summary>The last one has it: the flow follows its packets, as when routers in front spread flows anew.</summary>
    FollowForward,

    /// <summary>The last one that sent a SYN has it; other protocols are pinned.</summary>
    FollowSyn,
}
