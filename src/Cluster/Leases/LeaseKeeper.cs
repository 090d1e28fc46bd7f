using Weft.Packets;

namespace Weft.Cluster;

/// <summary>
/// A lease that is kept alive, and the moment until which this host may rely on it whatever becomes of the store: the last keep-alive that succeeded, counted
/// from when it was <em>sent</em>, plus the time that the store granted, less a margin.
/// </summary>
/// <remarks>
/// A lease alone excludes nobody: a host that was frozen wakes up and believes in it. So the data path asks <see cref="IsHeld"/>, one comparison, before it
/// acts, and receivers refuse what carries an older fencing token (<see cref="StoreEntry.ModRevision"/>).
/// </remarks>
public sealed class LeaseKeeper : IAsyncDisposable
{
    private readonly IClusterStore _store;
    private readonly LeaseKeeperOptions _options;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _work = Task.CompletedTask;
    private long _deadline;

    private LeaseKeeper(IClusterStore store, LeaseKeeperOptions options, StoreLease lease) => (_store, _options, Lease) = (store, options, lease);

    /// <summary>The lease.</summary>
    public StoreLease Lease { get; }

    /// <summary>Until when it may be relied on, on the machine's monotonic clock; <see cref="Timestamp.Zero"/> once it is lost.</summary>
    public Timestamp Deadline => new(Volatile.Read(ref _deadline));

    /// <summary>Ends when the lease is lost: it ended at the store, or its deadline passed without an answer. It never comes back; get a new one.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Gets a lease and begins to keep it.</summary>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="StoreUnavailableException">No member answered in time.</exception>
    public static async Task<LeaseKeeper> StartAsync(IClusterStore store, LeaseKeeperOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Timestamp asked = options.TimeProvider.Now();
        var keeper = new LeaseKeeper(store, options, await store.GrantLeaseAsync(options.TimeToLive, cancellation).ConfigureAwait(false));
        keeper.Extend(asked, keeper.Lease.TimeToLive);
        keeper._work = keeper.KeepAsync(atOnce: false);
        return keeper;
    }

    /// <summary>
    /// Goes on with a lease that another process of this host kept, and no longer answers for: that one abandons it, or goes on if this one does not. Keys that are bound to it
    /// stay where they are.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="options">As of <see cref="StartAsync"/>.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="deadline">Its <see cref="Deadline"/> as the other process knew it, on the clock of the machine that both have.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    public static LeaseKeeper Resume(IClusterStore store, LeaseKeeperOptions options, StoreLease lease, Timestamp deadline)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var keeper = new LeaseKeeper(store, options, lease) { _deadline = deadline.Nanoseconds };
        keeper._work = keeper.KeepAsync(atOnce: true);
        return keeper;
    }

    /// <summary>True before the deadline. Safe on a data path.</summary>
    public bool IsHeld(Timestamp now) => now.Nanoseconds < Volatile.Read(ref _deadline);

    /// <summary>Stops at once, then tells the store that the lease is over, if it can be told.</summary>
    public async ValueTask DisposeAsync()
    {
        await AbandonAsync().ConfigureAwait(false);
        try
        {
            await _store.RevokeLeaseAsync(Lease.Id).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is ClusterStoreException or ObjectDisposedException)
        {
            // It ends by itself when its time is up.
        }
    }

    /// <summary>Stops at once and lets the lease run out at the store, with the keys that are bound to it.</summary>
    public async Task AbandonAsync()
    {
        Volatile.Write(ref _deadline, 0);
        await _end.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _lost.TrySetResult();
    }

    private async Task KeepAsync(bool atOnce)
    {
        TimeSpan interval = _options.Interval ?? Lease.TimeToLive / 3;
        TimeSpan retry = interval * 3 / 20;
        TimeSpan pause = atOnce ? TimeSpan.Zero : interval;
        try
        {
            while (true)
            {
                await Task.Delay(pause, _options.TimeProvider, _end.Token).ConfigureAwait(false);
                Timestamp asked = _options.TimeProvider.Now();
                // After the deadline others may act: a keep-alive that succeeded now would take back what has been given up.
                if (!IsHeld(asked))
                {
                    break;
                }

                bool? kept = await TryKeepAsync(asked).ConfigureAwait(false);
                if (kept == false)
                {
                    break;
                }

                pause = kept == true ? interval : retry;
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }

        Volatile.Write(ref _deadline, 0);
        _lost.TrySetResult();
    }

    /// <returns>True if it was kept, false if it is gone, null if nobody knows.</returns>
    private async Task<bool?> TryKeepAsync(Timestamp asked)
    {
        try
        {
            if (await _store.KeepAliveAsync(Lease.Id, _end.Token).ConfigureAwait(false) is not { } time)
            {
                return false;
            }

            // An answer that came so late that the deadline had passed revives nothing.
            if (!IsHeld(_options.TimeProvider.Now()))
            {
                return false;
            }

            Extend(asked, time);
            return true;
        }
        catch (StoreReplacedException)
        {
            return false;
        }
        catch (ClusterStoreException)
        {
            return null;
        }
    }

    private void Extend(Timestamp asked, TimeSpan time) => Volatile.Write(ref _deadline, (asked + time * (1 - _options.Margin)).Nanoseconds);
}
