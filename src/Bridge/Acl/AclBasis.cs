namespace Weft.Bridge;

/// <summary>Why an <see cref="AccessFilter"/> lets a packet pass, or not.</summary>
public enum AclBasis : byte
{
    /// <summary>No list is in its way.</summary>
    Unfiltered,

    /// <summary>A rule.</summary>
    Rule,

    /// <summary>No rule matched.</summary>
    Default,

    /// <summary>ARP or neighbour discovery, which no rule was about.</summary>
    NeighborDiscovery,

    /// <summary>It belongs to a connection that was permitted.</summary>
    Established,

    /// <summary>An ICMP error about a connection that was permitted, or a fragment of one of its packets.</summary>
    Related,

    /// <summary>It would begin a connection, and there is no room to remember it.</summary>
    NoRoom,
}
