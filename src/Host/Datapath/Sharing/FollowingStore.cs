using System.Runtime.CompilerServices;
using Weft.Cluster;

namespace Weft.Host.Datapath.Sharing;

/// <summary>
/// The store in a file that another process has open, which this one goes on in the place of: until the other lets go of it nobody answers, as when a store is out of
/// reach, and who keeps leases lives on what is left of their time.
/// </summary>
/// <param name="open">Opens the file; throws <see cref="SwitchStartException"/> while the other process has it.</param>
internal sealed class FollowingStore(Func<IClusterStore> open) : IClusterStore
{
    private volatile IClusterStore? _store;
    private volatile string _refusal = "the process before this one has the file open";

    public StoreStatus Status => _store?.Status ?? new StoreStatus("file", Place: "", Revision: 0, LastAnswer: null, Requests: 0, Failures: 0, WatchesResumed: 0);

    private IClusterStore Store => _store ?? throw new StoreUnavailableException(_refusal, outcomeUnknown: false);

    /// <summary>Opens the file, if the other process has let go of it. One thread at a time.</summary>
    /// <returns>False if it has not.</returns>
    public bool TryOpen()
    {
        try
        {
            _store ??= open();
            return true;
        }
        catch (SwitchStartException refused)
        {
            _refusal = refused.Message;
            return false;
        }
    }

    public async Task<StoreSnapshot> ReadAsync(string prefix, CancellationToken cancellation = default) => await Store.ReadAsync(prefix, cancellation).ConfigureAwait(false);

    public async Task<CommitResult> CommitAsync(StoreTransaction transaction, CancellationToken cancellation = default) => await Store.CommitAsync(transaction, cancellation).ConfigureAwait(false);

    public async IAsyncEnumerable<StoreChanges> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (StoreChanges changes in Store.WatchAsync(prefix, fromRevision, cancellation).ConfigureAwait(false))
        {
            yield return changes;
        }
    }

    public async Task<StoreLease> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellation = default) => await Store.GrantLeaseAsync(timeToLive, cancellation).ConfigureAwait(false);

    public async Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellation = default) => await Store.KeepAliveAsync(leaseId, cancellation).ConfigureAwait(false);

    public async Task RevokeLeaseAsync(long leaseId, CancellationToken cancellation = default) => await Store.RevokeLeaseAsync(leaseId, cancellation).ConfigureAwait(false);

    public ValueTask DisposeAsync() => _store?.DisposeAsync() ?? ValueTask.CompletedTask;
}
