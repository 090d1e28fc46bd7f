namespace Weft.Lb;

/// <summary>What was learned from a packet of a load balancer. Whatever it was, the packet is to be forwarded.</summary>
public enum ForwardVerdict : byte
{
    /// <summary>The flow was new: replies will go to this load balancer.</summary>
    Learned,

    /// <summary>The flow was known, with this load balancer.</summary>
    Refreshed,

    /// <summary>The flow was another's, and is this one's now.</summary>
    Moved,

    /// <summary>The flow is another's and stays so.</summary>
    Conflict,

    /// <summary>The packet names no flow: an ICMP error, a later fragment, something damaged.</summary>
    NoFlow,

    /// <summary>There is no room, or the load balancer has as many flows as it may have.</summary>
    Refused,

    /// <summary>The load balancer is no member any more.</summary>
    StaleLb,
}
