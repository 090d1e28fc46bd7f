namespace Weft.Encap;

/// <summary>
/// What became of fragments and frames. Fragments added = the sum of the fields up to <see cref="Full"/>; fragments stored =
/// <see cref="CompletedFragments"/> + <see cref="DiscardedFragments"/> + <see cref="ExpiredFragments"/> + <see cref="EvictedFragments"/> +
/// <see cref="Waiting"/>; frames begun = <see cref="Completed"/> + <see cref="Expired"/> + <see cref="Evicted"/> +
/// <see cref="TombstonesExpired"/> + those under way, tombstones included.
/// </summary>
public struct ReassemblyCounters
{
    /// <summary>Fragments stored.</summary>
    public long Stored;

    /// <summary>Fragments that completed a frame.</summary>
    public long Completed;

    /// <summary>Fragments that were whole frames.</summary>
    public long Atomic;

    /// <summary>Fragments received before.</summary>
    public long Duplicate;

    /// <summary>Fragments with impossible bounds.</summary>
    public long BadBounds;

    /// <summary>Fragments of frames that are too long.</summary>
    public long TooLong;

    /// <summary>Fragments that are too small.</summary>
    public long TooSmall;

    /// <summary>First fragments without an Ethernet header.</summary>
    public long HeaderSplit;

    /// <summary>Fragments that overlapped another; each discarded a frame.</summary>
    public long Overlap;

    /// <summary>Fragments that disagreed on the total length; each discarded a frame.</summary>
    public long LengthConflict;

    /// <summary>Fragments whose congestion marks excluded others'; each discarded a frame.</summary>
    public long EcnConflict;

    /// <summary>Fragments of discarded frames.</summary>
    public long Discarded;

    /// <summary>Fragments refused by the share of their endpoint.</summary>
    public long SourceQuota;

    /// <summary>Fragments refused by the share of their network.</summary>
    public long VniQuota;

    /// <summary>Fragments refused because every place was taken.</summary>
    public long Full;

    /// <summary>Frames begun.</summary>
    public long Begun;

    /// <summary>Frames that were not complete in time.</summary>
    public long Expired;

    /// <summary>Frames that gave way to an endpoint with fewer of them.</summary>
    public long Evicted;

    /// <summary>Tombstones of discarded frames whose time was over.</summary>
    public long TombstonesExpired;

    /// <summary>Fragments that were stored and then became part of a complete frame; the one that completed it is not among them.</summary>
    public long CompletedFragments;

    /// <summary>Fragments that were stored and went with a discarded frame.</summary>
    public long DiscardedFragments;

    /// <summary>Fragments that were stored and whose frame was not complete in time.</summary>
    public long ExpiredFragments;

    /// <summary>Fragments that were stored and whose frame gave way.</summary>
    public long EvictedFragments;

    /// <summary>Fragments that are stored and wait for the rest of their frames.</summary>
    public readonly long Waiting => Stored - CompletedFragments - DiscardedFragments - ExpiredFragments - EvictedFragments;

    /// <summary>Counts one fragment.</summary>
    internal void Count(ReassemblyVerdict verdict)
    {
        switch (verdict)
        {
            case ReassemblyVerdict.Stored: Stored++; break;
            case ReassemblyVerdict.Completed: Completed++; break;
            case ReassemblyVerdict.Atomic: Atomic++; break;
            case ReassemblyVerdict.Duplicate: Duplicate++; break;
            case ReassemblyVerdict.BadBounds: BadBounds++; break;
            case ReassemblyVerdict.TooLong: TooLong++; break;
            case ReassemblyVerdict.TooSmall: TooSmall++; break;
            case ReassemblyVerdict.HeaderSplit: HeaderSplit++; break;
            case ReassemblyVerdict.Overlap: Overlap++; break;
            case ReassemblyVerdict.LengthConflict: LengthConflict++; break;
            case ReassemblyVerdict.EcnConflict: EcnConflict++; break;
            case ReassemblyVerdict.Discarded: Discarded++; break;
            case ReassemblyVerdict.SourceQuota: SourceQuota++; break;
            case ReassemblyVerdict.VniQuota: VniQuota++; break;
            default: Full++; break;
        }
    }
}
