namespace Weft.Cluster;

/// <summary>The store understood and said no: a lease that does not exist, a right that is missing, a limit of the server. The same request fails again.</summary>
public sealed class StoreRefusedException : ClusterStoreException
{
    internal StoreRefusedException(string message) : base(message, null)
    {
    }
}
