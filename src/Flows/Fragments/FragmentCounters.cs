namespace Weft.Flows;

/// <summary>What a <see cref="FragmentTracker{TKey, TValue}"/> did.</summary>
public struct FragmentCounters
{
    /// <summary>First fragments that were learned from.</summary>
    public long Learned;

    /// <summary>Later fragments whose first one was known.</summary>
    public long Found;

    /// <summary>Fragments held until the first one comes.</summary>
    public long Held;

    /// <summary>Held fragments handed back because the first one came.</summary>
    public long Released;

    /// <summary>Held fragments given up because the first one did not come in time.</summary>
    public long TimedOut;

    /// <summary>First fragments forgotten before their time to make room.</summary>
    public long Forgotten;

    /// <summary>Fragments refused because too many datagrams wait for their first fragment.</summary>
    public long RefusedDatagrams;

    /// <summary>Fragments refused because all places for held ones are taken.</summary>
    public long RefusedFull;

    /// <summary>Fragments refused because their datagram has as many as it may have.</summary>
    public long RefusedDatagramLimit;

    /// <summary>Fragments refused because their source has as many as it may have.</summary>
    public long RefusedSourceLimit;

    /// <summary>Fragments refused because they are larger than a place.</summary>
    public long RefusedTooLarge;
}
