namespace Weft.Cluster;

/// <summary>No member of the store answered in time, or a disk failed. Trying again later may help.</summary>
public sealed class StoreUnavailableException : ClusterStoreException
{
    /// <summary>For those who implement <see cref="IClusterStore"/>.</summary>
    /// <param name="message">What was tried, and what came of it.</param>
    /// <param name="outcomeUnknown">As <see cref="OutcomeUnknown"/>.</param>
    /// <param name="cause">What failed; null if nothing else did.</param>
    public StoreUnavailableException(string message, bool outcomeUnknown, Exception? cause = null) : base(message, cause) => OutcomeUnknown = outcomeUnknown;

    /// <summary>True if a write was on its way, so that it may be done or still come to be done: read before acting on it.</summary>
    public bool OutcomeUnknown { get; }
}
