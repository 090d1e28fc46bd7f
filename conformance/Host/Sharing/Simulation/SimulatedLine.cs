using System.Runtime.CompilerServices;
using Weft.Cluster;

namespace Weft.Conformance.HostTests;

/// <summary>What all hosts of a simulated cluster ask of their store.</summary>
internal sealed class StoreLoad
{
    public long Transactions, Leases, KeepAlives, Reads, Read, Delivered;

    /// <summary>Changes as long as anything goes on.</summary>
    public long Activity => Interlocked.Read(ref Transactions) + Interlocked.Read(ref Leases) + Interlocked.Read(ref KeepAlives) + Interlocked.Read(ref Reads) + Interlocked.Read(ref Delivered);

    public StoreLoad Copy() => new() { Transactions = Transactions, Leases = Leases, KeepAlives = KeepAlives, Reads = Reads, Read = Read, Delivered = Delivered };

    public StoreLoad Since(StoreLoad before) => new()
    {
        Transactions = Transactions - before.Transactions,
        Leases = Leases - before.Leases,
        KeepAlives = KeepAlives - before.KeepAlives,
        Reads = Reads - before.Reads,
        Read = Read - before.Read,
        Delivered = Delivered - before.Delivered,
    };
}

/// <summary>A host's line to the store: it counts, and it can be cut.</summary>
internal sealed class SimulatedLine(IClusterStore store, StoreLoad load) : IClusterStore
{
    private CancellationTokenSource _whole = new();

    public StoreStatus Status => store.Status;

    public bool IsCut
    {
        get => _whole.IsCancellationRequested;
        set
        {
            if (value)
            {
                _whole.Cancel();
            }
            else
            {
                _whole = new CancellationTokenSource();
            }
        }
    }

    public async Task<StoreSnapshot> ReadAsync(string prefix, CancellationToken cancellation = default)
    {
        StoreSnapshot read = await Through(ref load.Reads).ReadAsync(prefix, cancellation);
        Interlocked.Add(ref load.Read, read.Entries.Count);
        return read;
    }

    public Task<CommitResult> CommitAsync(StoreTransaction transaction, CancellationToken cancellation = default) => Through(ref load.Transactions).CommitAsync(transaction, cancellation);

    public Task<StoreLease> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellation = default) => Through(ref load.Leases).GrantLeaseAsync(timeToLive, cancellation);

    public Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellation = default) => Through(ref load.KeepAlives).KeepAliveAsync(leaseId, cancellation);

    public Task RevokeLeaseAsync(long leaseId, CancellationToken cancellation = default) => Through(ref load.Leases).RevokeLeaseAsync(leaseId, cancellation);

    public async IAsyncEnumerable<StoreChanges> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _whole.Token);
        await using IAsyncEnumerator<StoreChanges> changes = Through(ref load.Reads).WatchAsync(prefix, fromRevision, either.Token).GetAsyncEnumerator(either.Token);
        while (true)
        {
            try
            {
                if (!await changes.MoveNextAsync())
                {
                    break;
                }
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw Unavailable();
            }

            Interlocked.Add(ref load.Delivered, changes.Current.Changes.Count);
            yield return changes.Current;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static StoreUnavailableException Unavailable() => new("the line is cut", outcomeUnknown: false);

    private IClusterStore Through(ref long counter)
    {
        if (IsCut)
        {
            throw Unavailable();
        }

        Interlocked.Increment(ref counter);
        return store;
    }
}
