namespace Weft.Cluster;

/// <summary>What may be asked for as the time of a lease.</summary>
internal static class StoreLeaseTime
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static void Check(TimeSpan timeToLive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeToLive, Longest);
    }
}
