using System.Runtime.CompilerServices;
using Weft.Cluster;

namespace Weft.Simulation.World;

/// <summary>
/// A host's line to the store. Questions and answers take a few milliseconds of the host's own time, so that a host which stands still hears nothing; they
/// may get lost or come late, and the line may be cut.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="clock">The host's clock.</param>
/// <param name="chance">What goes wrong.</param>
/// <param name="sabotage">What is wrong on purpose.</param>
internal sealed class StoreLine(IClusterStore store, SimulatedClock clock, Random chance, Sabotage sabotage) : IClusterStore
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    private CancellationTokenSource _whole = new();

    /// <summary>Of a hundred questions, how many go wrong.</summary>
    public int Trouble { get; set; }

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
            else if (IsCut)
            {
                _whole = new CancellationTokenSource();
            }
        }
    }

    public Task<StoreSnapshot> ReadAsync(string prefix, CancellationToken cancellation = default) => Through(() => store.ReadAsync(prefix, cancellation), isWrite: false, cancellation);

    public Task<CommitResult> CommitAsync(StoreTransaction transaction, CancellationToken cancellation = default) =>
        Through(() => store.CommitAsync(Spoilt(transaction), cancellation), isWrite: true, cancellation);

    public async Task<StoreLease> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellation = default)
    {
        StoreLease lease = await Through(() => store.GrantLeaseAsync(timeToLive, cancellation), isWrite: false, cancellation).ConfigureAwait(false);
        return sabotage == Sabotage.EndlessLeases ? lease with { TimeToLive = lease.TimeToLive * 20 } : lease;
    }

    public async Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellation = default)
    {
        TimeSpan? time = await Through(() => store.KeepAliveAsync(leaseId, cancellation), isWrite: false, cancellation).ConfigureAwait(false);
        return sabotage == Sabotage.EndlessLeases ? time * 20 : time;
    }

    public Task RevokeLeaseAsync(long leaseId, CancellationToken cancellation = default) => Through(
        async () =>
        {
            await store.RevokeLeaseAsync(leaseId, cancellation).ConfigureAwait(false);
            return true;
        },
        isWrite: false,
        cancellation);

    public async IAsyncEnumerable<StoreChanges> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await WaitAsync(isWrite: false, cancellation).ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _whole.Token);
        await using IAsyncEnumerator<StoreChanges> changes = store.WatchAsync(prefix, fromRevision, either.Token).GetAsyncEnumerator(either.Token);
        while (true)
        {
            bool isMore;
            try
            {
                isMore = await changes.MoveNextAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw Silent(isWrite: false);
            }

            if (!isMore)
            {
                yield break;
            }

            await WaitAsync(isWrite: false, cancellation).ConfigureAwait(false);
            yield return changes.Current;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static StoreUnavailableException Silent(bool isWrite) => new("nobody answered", outcomeUnknown: isWrite);

    private async Task<T> Through<T>(Func<Task<T>> question, bool isWrite, CancellationToken cancellation)
    {
        await WaitAsync(isWrite: false, cancellation).ConfigureAwait(false);
        int fate = Trouble > 0 ? chance.Next(100) : 100;
        if (fate < Trouble / 3)
        {
            await Task.Delay(Patience, clock, cancellation).ConfigureAwait(false);
            throw Silent(isWrite: false);
        }

        T answer = await question().ConfigureAwait(false);
        if (fate < Trouble)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(chance.Next(2_000)), clock, cancellation).ConfigureAwait(false);
            if (fate % 2 == 0)
            {
                throw Silent(isWrite);
            }
        }

        await WaitAsync(isWrite, cancellation).ConfigureAwait(false);
        return answer;
    }

    private async Task WaitAsync(bool isWrite, CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(1 + chance.Next(4)), clock, cancellation).ConfigureAwait(false);
        if (IsCut)
        {
            await Task.Delay(Patience, clock, cancellation).ConfigureAwait(false);
            throw Silent(isWrite);
        }
    }

    private StoreTransaction Spoilt(StoreTransaction transaction)
    {
        if (sabotage is not (Sabotage.NoConditions or Sabotage.NoQuarantine))
        {
            return transaction;
        }

        var spoilt = new StoreTransaction();
        foreach (StoreCondition condition in sabotage == Sabotage.NoConditions ? [] : transaction.Conditions)
        {
            spoilt = condition.Revision == 0 ? spoilt.IfAbsent(condition.Key) : condition.ByCreation ? spoilt.IfStillThere(condition.Key, condition.Revision) : spoilt.IfUnchanged(condition.Key, condition.Revision);
        }

        foreach (StoreWrite write in transaction.Writes.Where(write => sabotage != Sabotage.NoQuarantine || !write.Key.EndsWith("/hold", StringComparison.Ordinal)))
        {
            spoilt = write.Value is { } value ? spoilt.Put(write.Key, value.ToArray(), write.LeaseId) : spoilt.Delete(write.Key);
        }

        return spoilt;
    }
}
