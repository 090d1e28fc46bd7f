using Weft.Packets;

namespace Weft.Cluster;

/// <summary>An election that was won, for as long as it lasts.</summary>
public sealed class Leadership : IAsyncDisposable
{
    private readonly IClusterStore _store;
    private readonly ElectionOptions _options;
    private readonly LeaseKeeper _keeper;
    private readonly ElectionTerm _term;

    internal Leadership(IClusterStore store, ElectionOptions options, LeaseKeeper keeper, ElectionTerm term, long token, Timestamp activeFrom)
    {
        (_store, _options, _keeper, _term) = (store, options, keeper, term);
        (Token, ActiveFrom) = (token, activeFrom);
    }

    /// <summary>The fencing token: higher than every earlier leader's. Whoever takes orders from a leader remembers the highest and refuses what has a lower one.</summary>
    public long Token { get; }

    /// <summary>The term, from 1.</summary>
    public long Term => _term.Number;

    /// <summary>From when on this leader may act: when its predecessor has certainly stopped.</summary>
    public Timestamp ActiveFrom { get; }

    /// <summary>Until when it may act, unless the lease is renewed before.</summary>
    public Timestamp Deadline => _keeper.Deadline;

    /// <summary>Ends when the leadership is lost. What was being done must have stopped at <see cref="Deadline"/>, which is earlier or the same.</summary>
    public Task Lost => _keeper.Lost;

    /// <summary>True if the leader may act now. One comparison more than <see cref="LeaseKeeper.IsHeld"/>; safe on a data path.</summary>
    public bool IsActive(Timestamp now) => now >= ActiveFrom && _keeper.IsHeld(now);

    /// <summary>Adds to a transaction the condition that this leader still leads, so that a write of a leader that was deposed does nothing.</summary>
    public StoreTransaction Guard(StoreTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return transaction.IfStillThere(_options.Key + "/leader", Token);
    }

    /// <summary>
    /// Goes at once, so that the next leader waits for nothing. The caller has stopped acting before. If the store cannot be told, the lease ends by itself.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        // Who still waited for its predecessor leaves that waiting to its successor.
        bool waitIsOver = _options.Lease.TimeProvider.Now() >= ActiveFrom;
        try
        {
            await _store.CommitAsync(Guard(new StoreTransaction())
                .Delete(_options.Key + "/leader")
                .Put(_options.Key + "/term", ClusterJson.Write(_term with { Resigned = waitIsOver }))).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is ClusterStoreException or ObjectDisposedException)
        {
            // The next leader sees a lease that ended, and waits.
        }

        await _keeper.DisposeAsync().ConfigureAwait(false);
    }
}
