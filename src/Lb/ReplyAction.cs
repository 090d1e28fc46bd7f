namespace Weft.Lb;

/// <summary>Where a packet of a server goes.</summary>
public enum ReplyAction : byte
{
    /// <summary>Nowhere in particular: route it by its destination.</summary>
    Route,

    /// <summary>To the load balancer that owns its flow.</summary>
    Redirect,

    /// <summary>It was copied and waits for the first fragment of its datagram; the packet itself is done with.</summary>
    Held,
}
