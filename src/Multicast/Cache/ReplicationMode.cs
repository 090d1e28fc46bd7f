namespace Weft.Multicast;

/// <summary>How a frame reaches the remote tunnel endpoints of a segment.</summary>
public enum ReplicationMode : byte
{
    /// <summary>One copy for each (RFC 8365 section 5.1.2: ingress replication).</summary>
    HeadEnd,

    /// <summary>One copy for each of the own subnet, and one for each other subnet, whose receiver replicates it there.</summary>
    TwoTier,

    /// <summary>One copy to the underlay's multicast group for the own subnet, and one for each other subnet.</summary>
    Hybrid,
}
