namespace Weft.Encap;

/// <summary>What a <see cref="NeighborResolver"/> sent and received.</summary>
public struct NeighborCounters
{
    /// <summary>Solicitations sent to all (ARP requests, multicast neighbour solicitations).</summary>
    public long Solicited;

    /// <summary>Solicitations sent to one, to confirm what is known.</summary>
    public long Probed;

    /// <summary>Answers sent for the own address.</summary>
    public long Answered;

    /// <summary>Announcements of the own address sent.</summary>
    public long Announced;

    /// <summary>Next hops confirmed or changed.</summary>
    public long Updated;

    /// <summary>Of those, next hops whose MAC address changed.</summary>
    public long Moved;

    /// <summary>Resolutions given up.</summary>
    public long Failed;

    /// <summary>Messages that changed nothing.</summary>
    public long Ignored;

    /// <summary>Messages that were damaged or broke a rule.</summary>
    public long Malformed;

    /// <summary>Messages of somebody else who uses the own address.</summary>
    public long Conflicts;
}
