namespace Weft.Cluster;

/// <summary>The store could not do what it was asked.</summary>
public abstract class ClusterStoreException : Exception
{
    private protected ClusterStoreException(string message, Exception? cause) : base(message, cause)
    {
    }
}
