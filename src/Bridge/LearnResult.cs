namespace Weft.Bridge;

/// <summary>What a <see cref="FilteringDatabase"/> did with a source address.</summary>
public enum LearnResult : byte
{
    /// <summary>Learning was not asked for.</summary>
    None,

    /// <summary>A new entry.</summary>
    Added,

    /// <summary>The entry was known, at the same place; its age is 0 again.</summary>
    Refreshed,

    /// <summary>The entry was known elsewhere and is here now.</summary>
    Moved,

    /// <summary>A static entry says the same.</summary>
    Static,

    /// <summary>A static entry says otherwise and stays (IEEE 802.1Q 8.7).</summary>
    StaticConflict,

    /// <summary>The source is a group address or zero.</summary>
    InvalidSource,

    /// <summary>The place or the segment has as many entries as it may have.</summary>
    LimitReached,

    /// <summary>The table is full. The frame is forwarded all the same.</summary>
    TableFull,

    /// <summary>The entry was learned at a sticky port and stays there.</summary>
    StickyConflict,

    /// <summary>The entry has moved too often and stays where it is for a while.</summary>
    HeldDown,

    /// <summary>As <see cref="Refreshed"/>, for the first time in a period of <see cref="FilteringDatabaseOptions.SharePeriod"/>: time to tell others that the station lives.</summary>
    Renewed,
}
