namespace Weft.Cluster;

/// <summary>A watch asked for revisions that the store has forgotten. The watcher reads again and continues from there.</summary>
public sealed class RevisionCompactedException : ClusterStoreException
{
    internal RevisionCompactedException(long wanted, long compacted) : base($"revision {wanted} was asked for, and what happened up to {compacted} is forgotten", null) =>
        CompactedRevision = compacted;

    /// <summary>The last revision that is forgotten.</summary>
    public long CompactedRevision { get; }
}
