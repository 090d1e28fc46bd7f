using Weft.Cluster;

namespace Weft.Conformance.ClusterTests;

/// <summary>A store as a network lets it be seen: questions get lost, answers get lost, answers come late, all by a given order of chance.</summary>
internal sealed class FaultyStore(IClusterStore inner, int seed, TimeProvider time) : IClusterStore
{
    private readonly Lock _gate = new();
    private readonly Random _chance = new(seed);

    /// <summary>Of a hundred requests, how many go wrong.</summary>
    public int Trouble { get; set; } = 10;

    /// <summary>True while nothing gets through.</summary>
    public bool IsCut { get; set; }

    public StoreStatus Status => inner.Status;

    public Task<StoreSnapshot> ReadAsync(string prefix, CancellationToken cancellation = default) => Through(() => inner.ReadAsync(prefix, cancellation), write: false, cancellation);

    public Task<CommitResult> CommitAsync(StoreTransaction transaction, CancellationToken cancellation = default) =>
        Through(() => inner.CommitAsync(transaction, cancellation), write: true, cancellation);

    public IAsyncEnumerable<StoreChanges> WatchAsync(string prefix, long fromRevision, CancellationToken cancellation = default) => inner.WatchAsync(prefix, fromRevision, cancellation);

    public Task<StoreLease> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellation = default) =>
        Through(() => inner.GrantLeaseAsync(timeToLive, cancellation), write: false, cancellation);

    public Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellation = default) => Through(() => inner.KeepAliveAsync(leaseId, cancellation), write: false, cancellation);

    public Task RevokeLeaseAsync(long leaseId, CancellationToken cancellation = default) => Through(
        async () =>
        {
            await inner.RevokeLeaseAsync(leaseId, cancellation);
            return true;
        },
        write: false,
        cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<T> Through<T>(Func<Task<T>> request, bool write, CancellationToken cancellation)
    {
        if (IsCut)
        {
            throw new StoreUnavailableException("the cable is cut", outcomeUnknown: false);
        }

        int fate, milliseconds;
        lock (_gate)
        {
            (fate, milliseconds) = (_chance.Next(100), _chance.Next(1, 4_000));
        }

        if (fate >= Trouble)
        {
            return await request();
        }

        switch (fate % 3)
        {
            case 0:
                throw new StoreUnavailableException("the question was lost", outcomeUnknown: false);
            case 1:
                await request();
                throw new StoreUnavailableException("the answer was lost", outcomeUnknown: write);
            default:
                T answer = await request();
                await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), time, cancellation);
                return answer;
        }
    }
}
