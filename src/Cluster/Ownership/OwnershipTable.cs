using System.Security.Cryptography;

namespace Weft.Cluster;

/// <summary>
/// Owners of things that must have one: a tenant's segment at a point of presence, a machine. Ownership is bound to no lease, because a slow store must not take a
/// segment from a node that works: who noticed the owner's death (by BFD, for instance) takes over with the next epoch, in one transaction.
/// </summary>
public sealed class OwnershipTable
{
    private readonly IClusterStore _store;
    private readonly string _prefix;

    /// <summary>Makes a view of the table.</summary>
    /// <param name="store">The store.</param>
    /// <param name="prefix">What its keys begin with, such as <c>/sase/v1/seg/</c>; names follow it.</param>
    public OwnershipTable(IClusterStore store, string prefix)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _prefix = StoreKey.Check(prefix);
    }

    /// <summary>Reads an entry of a snapshot or a mirror; null if the key is another table's or its value is unreadable.</summary>
    public OwnershipEntry? Parse(StoreEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Key.StartsWith(_prefix, StringComparison.Ordinal) && ClusterJson.Read<Ownership>(entry) is { } owner
            ? new OwnershipEntry(entry.Key[_prefix.Length..], owner, entry.ModRevision)
            : null;
    }

    /// <summary>Reads one thing's owner; null if it has none yet.</summary>
    public async Task<OwnershipEntry?> ReadAsync(string name, CancellationToken cancellation = default)
    {
        StoreSnapshot seen = await _store.ReadAsync(_prefix + name, cancellation).ConfigureAwait(false);
        return seen[_prefix + name] is { } entry ? Parse(entry) : null;
    }

    /// <summary>Takes a thing over, or gives it away, if it is still as it was seen.</summary>
    /// <param name="name">The thing.</param>
    /// <param name="seen">What was read; null if it has no owner yet.</param>
    /// <param name="owner">The new owner.</param>
    /// <param name="backup">The new backup; null for none.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The new entry, with an epoch one higher; null if somebody else was faster.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was changed, or nobody can say: then <see cref="StoreUnavailableException.OutcomeUnknown"/> is set, and the owner of before must not act before it has read again.</exception>
    public Task<OwnershipEntry?> TryChangeAsync(string name, OwnershipEntry? seen, string owner, string? backup, CancellationToken cancellation = default) =>
        TryChangeAsync(name, seen, owner, backup, atLeast: 1, cancellation);

    /// <summary>As <see cref="TryChangeAsync(string, OwnershipEntry?, string, string?, CancellationToken)"/>, for owners that have counted further than the store.</summary>
    /// <param name="name">The thing.</param>
    /// <param name="seen">What was read; null if it has no owner yet.</param>
    /// <param name="owner">The new owner.</param>
    /// <param name="backup">The new backup; null for none.</param>
    /// <param name="atLeast">The least epoch that the new entry may have; it is higher than that of before in any case.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The new entry; null if somebody else was faster.</returns>
    /// <exception cref="StoreUnavailableException">As there.</exception>
    public async Task<OwnershipEntry?> TryChangeAsync(string name, OwnershipEntry? seen, string owner, string? backup, long atLeast, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        string key = _prefix + name;
        var next = new Ownership(owner, backup, Math.Max((seen?.Ownership.Epoch ?? 0) + 1, atLeast), RandomNumberGenerator.GetHexString(16, lowercase: true));
        StoreTransaction transaction = new StoreTransaction().Put(key, ClusterJson.Write(next));
        transaction = seen is null ? transaction.IfAbsent(key) : transaction.IfUnchanged(key, seen.ModRevision);
        try
        {
            CommitResult result = await _store.CommitAsync(transaction, cancellation).ConfigureAwait(false);
            return result.Succeeded ? new OwnershipEntry(name, next, result.Revision) : null;
        }
        catch (StoreUnavailableException lost) when (lost.OutcomeUnknown)
        {
            // The claim's name tells: a write that is still on its way can succeed only while nothing else was written, so what is there now is final if it is not what was seen.
            OwnershipEntry? now = await ReadAsync(name, cancellation).ConfigureAwait(false);
            if (now?.ModRevision == seen?.ModRevision)
            {
                throw;
            }

            return now?.Ownership.Claim == next.Claim ? now : null;
        }
    }
}
