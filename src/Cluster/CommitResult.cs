namespace Weft.Cluster;

/// <summary>What became of a transaction.</summary>
/// <param name="Succeeded">True if its conditions held and its writes are done.</param>
/// <param name="Revision">If it succeeded, the revision of its writes; else that at which the conditions did not hold.</param>
/// <param name="Found">If it failed: the keys of its conditions as they were then, those that exist.</param>
public sealed record CommitResult(bool Succeeded, long Revision, IReadOnlyList<StoreEntry> Found)
{
    /// <summary>What a key of a condition was when the transaction failed; null if it did not exist.</summary>
    public StoreEntry? this[string key] => Found.FirstOrDefault(entry => entry.Key == key);
}
