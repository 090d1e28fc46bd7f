namespace Weft.Analytics;

/// <summary>What a <see cref="HoloEntropyModel"/> took and refused.</summary>
public struct HoloEntropyCounters
{
    /// <summary>Calls that added a row.</summary>
    public long Added;

    /// <summary>Calls that removed a row.</summary>
    public long Removed;

    /// <summary>Rows refused because their length is not the schema's or a code was never given out.</summary>
    public long Malformed;

    /// <summary>Rows refused because a count would pass 2^40.</summary>
    public long Saturated;

    /// <summary>Removals refused because a value of the row does not occur as often.</summary>
    public long Absent;
}
