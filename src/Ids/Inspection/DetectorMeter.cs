namespace Weft.Ids;

/// <summary>The counters of one detector, where all of its parts reach them.</summary>
internal sealed class DetectorMeter
{
    public DetectorCounters Counters;
}
