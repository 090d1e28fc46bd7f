namespace Weft.Cluster;

/// <summary>How an election is run. All candidates of one election use the same options but for <see cref="Candidate"/>.</summary>
public sealed record ElectionOptions
{
    /// <summary>The key below which the election lives, such as <c>/bridge/v1/dc1</c>.</summary>
    public required string Key { get; init; }

    /// <summary>The name of this candidate, for people and for <see cref="Election.ReadAsync"/>.</summary>
    public required string Candidate { get; init; }

    /// <summary>How the leader's lease is kept.</summary>
    public LeaseKeeperOptions Lease { get; init; } = new();

    /// <summary>
    /// True (default) to act only when the predecessor's deadline has certainly passed, even if its lease was taken away early by an operator or a
    /// confused store: up to one more lease time without a leader. False to rely on the store's own counting. A leader that resigned is never waited for.
    /// </summary>
    public bool WaitOutPredecessor { get; init; } = true;

    internal void Validate()
    {
        StoreKey.Check(Key);
        ArgumentException.ThrowIfNullOrEmpty(Candidate);
        ArgumentNullException.ThrowIfNull(Lease);
        Lease.Validate();
    }
}
