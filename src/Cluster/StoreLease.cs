namespace Weft.Cluster;

/// <summary>A lease that was granted.</summary>
/// <param name="Id">Its number, to bind keys to; never zero.</param>
/// <param name="TimeToLive">
/// The time that was granted. It can be longer than what was asked for: etcd raises a time below one and a half election timeouts without a word.
/// </param>
public readonly record struct StoreLease(long Id, TimeSpan TimeToLive);
