namespace Weft.Bridge;

/// <summary>What a <see cref="FilteringDatabase"/> learned and forgot.</summary>
public struct FilteringCounters
{
    /// <summary>Addresses learned.</summary>
    public long Learned;

    /// <summary>Addresses seen again where they were.</summary>
    public long Refreshed;

    /// <summary>Addresses seen elsewhere than before. A number that keeps growing is a loop or a duplicate address.</summary>
    public long Moved;

    /// <summary>Addresses forgotten because they were not seen for the ageing time.</summary>
    public long Aged;

    /// <summary>Addresses forgotten by a flush.</summary>
    public long Flushed;

    /// <summary>Sources that a static entry places elsewhere.</summary>
    public long StaticConflict;

    /// <summary>Sources that are group addresses or zero.</summary>
    public long InvalidSource;

    /// <summary>Sources not learned because their place or segment has as many as it may have.</summary>
    public long LimitReached;

    /// <summary>Sources not learned because the table is full.</summary>
    public long TableFull;

    /// <summary>Sources that a sticky entry places elsewhere.</summary>
    public long StickyConflict;

    /// <summary>Moves refused because the address moves too often: a loop, or two machines with one address.</summary>
    public long HeldDown;

    /// <summary>Addresses moved to another place because their gateway changed.</summary>
    public long Repointed;
}
