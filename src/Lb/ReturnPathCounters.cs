namespace Weft.Lb;

/// <summary>What a <see cref="ReturnPathTable"/> did.</summary>
public struct ReturnPathCounters
{
    /// <summary>Flows learned.</summary>
    public long Learned;

    /// <summary>Flows that moved to the load balancer they were last seen from.</summary>
    public long Moved;

    /// <summary>Packets of a flow that came from another load balancer than the one that keeps it.</summary>
    public long Conflicts;

    /// <summary>Packets from load balancers that are no members any more.</summary>
    public long StaleLb;

    /// <summary>Packets that name no flow.</summary>
    public long NoFlow;

    /// <summary>Flows not learned: the load balancer has as many as it may have.</summary>
    public long RefusedQuota;

    /// <summary>Flows not learned: the table is full.</summary>
    public long RefusedFull;

    /// <summary>Flows forgotten before their time, none of them established, to make room.</summary>
    public long Evicted;

    /// <summary>Flows forgotten because they were idle, or because their load balancer was gone.</summary>
    public long Aged;

    /// <summary>Replies sent to their load balancer.</summary>
    public long Redirected;

    /// <summary>ICMP errors sent to the load balancer of the flow they are about.</summary>
    public long ErrorsRedirected;

    /// <summary>Replies whose load balancer was gone and that another one took over.</summary>
    public long TakenOver;

    /// <summary>Packets of servers that belong to no flow known.</summary>
    public long Routed;

    /// <summary>Fragments held until the first one comes.</summary>
    public long FragmentsHeld;
}
