namespace Weft.Cluster;

/// <summary>
/// What answers is not the store of before: another cluster, or one whose revisions went back. Everything that was learned from the first is void, fencing
/// tokens included, so nothing goes on with this object.
/// </summary>
public sealed class StoreReplacedException : ClusterStoreException
{
    internal StoreReplacedException(string message) : base(message, null)
    {
    }
}
