namespace Weft.Cluster;

/// <summary>
/// Keys and values that hosts share: read at one revision, changed by transactions that say what they read, watched from a revision on, and
/// bound to leases. <see cref="EmbeddedStore"/> keeps them in a file of one host, <see cref="EtcdStore"/> in etcd.
/// </summary>
/// <remarks>
/// Every successful commit has a revision, one higher than the one before. All members may be called from any thread. A failure of the store is
/// a <see cref="ClusterStoreException"/>; an <see cref="ArgumentException"/> is the caller's mistake. Nothing here belongs on a packet's path.
/// </remarks>
public interface IClusterStore : IAsyncDisposable
{
    /// <summary>How the store does: for a person, not for a decision.</summary>
    StoreStatus Status { get; }

    /// <summary>Reads all keys that begin with a prefix, as they are together at one revision, newer than all that was committed before the call.</summary>
    /// <param name="prefix">What the keys begin with; not empty.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StoreUnavailableException">No member answered in time.</exception>
    Task<StoreSnapshot> ReadAsync(string prefix, CancellationToken cancellation = default);

    /// <summary>Does all writes of a transaction if all its conditions hold, else none.</summary>
    /// <exception cref="ArgumentException">The transaction writes nothing, states no condition, or exceeds a limit of <see cref="StoreTransaction"/>.</exception>
    /// <exception cref="StoreUnavailableException">No member answered in time. <see cref="StoreUnavailableException.OutcomeUnknown"/> says if it may have been done all the same.</exception>
    Task<CommitResult> CommitAsync(StoreTransaction transaction, CancellationToken cancellation = default);

    /// <summary>
    /// What was committed to keys that begin with a prefix, in the order of revisions, every revision once and whole, from
    /// <paramref name="fromRevision"/> on and on. A connection that is lost is made again, with another member, behind the scenes.
    /// </summary>
    /// <param name="prefix">What the keys begin with; not empty.</param>
    /// <param name="fromRevision">The first revision wanted: one more than that of the <see cref="StoreSnapshot"/> that was read.</param>
    /// <param name="cancellation">Ends the watch.</param>
    /// <exception cref="RevisionCompactedException">The store no longer knows what happened then: read again.</exception>
    IAsyncEnumerable<StoreChanges> WatchAsync(string prefix, long fromRevision, CancellationToken cancellation = default);

    /// <summary>Makes a lease. Keys written with it vanish when it was not kept alive for its time.</summary>
    /// <param name="timeToLive">Wanted time, from one second; the store may grant more, never less.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<StoreLease> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellation = default);

    /// <summary>Starts the time of a lease again.</summary>
    /// <returns>The time that it has from now on; null if the lease is gone, with all its keys.</returns>
    Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellation = default);

    /// <summary>Ends a lease now, and its keys with it. A lease that is gone already is no error.</summary>
    Task RevokeLeaseAsync(long leaseId, CancellationToken cancellation = default);
}
