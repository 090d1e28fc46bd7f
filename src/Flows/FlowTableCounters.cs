namespace Weft.Flows;

/// <summary>What happened in a table since it was made.</summary>
public struct FlowTableCounters
{
    /// <summary>Lookups that found their key.</summary>
    public long Hits;

    /// <summary>Lookups that did not.</summary>
    public long Misses;

    /// <summary>Entries made.</summary>
    public long Added;

    /// <summary>Additions of a key that was there.</summary>
    public long AlreadyPresent;

    /// <summary>Additions of a session one of whose keys another session has.</summary>
    public long Conflicts;

    /// <summary>Entries removed by the owner, <c>Clear</c> included.</summary>
    public long Removed;

    /// <summary>Entries removed by <see cref="FlowFullPolicy.EvictIdle"/>.</summary>
    public long Evicted;

    /// <summary>Additions refused because every place was taken.</summary>
    public long RefusedFull;

    /// <summary>
    /// Additions refused although places were free, because too many keys share their buckets. Does not happen to keys chosen
    /// without knowledge of the seed; if it counts, the seed has leaked.
    /// </summary>
    public long RefusedCrowded;

    /// <summary>Index slots moved to make room for another.</summary>
    public long Displaced;
}
