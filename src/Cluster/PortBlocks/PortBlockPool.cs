using System.Collections.Concurrent;
using Weft.Packets;

namespace Weft.Cluster;

/// <summary>
/// Port blocks of shared addresses that this host holds alone (distributed SNAT): a few are always ready, so that a flow that needs a new block gets it at
/// once, and those that were used rest before anybody gets them again.
/// </summary>
/// <remarks>
/// Two keys a block: <c>…/owner</c> on the host's lease and <c>…/hold</c> on a second lease that is longer by the quarantine. When a host dies the first vanishes with
/// its lease and the second a quarantine later; nobody has to clean up. A claim requires that neither exists.
/// </remarks>
public sealed class PortBlockPool : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly IClusterStore _store;
    private readonly PortBlockPoolOptions _options;
    private readonly LeaseKeeper _owner;
    private readonly LeaseKeeper _hold;
    private readonly ConcurrentQueue<PortBlock> _ready = new();
    private readonly ConcurrentQueue<PortBlock> _returned = new();
    private readonly ConcurrentDictionary<string, bool> _mine = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _end = new();
    private readonly byte[] _value;
    private Task _work = Task.CompletedTask;
    private CancellationTokenSource _stop = new();
    private long _conflicts;
    private long _exhausted;

    private PortBlockPool(IClusterStore store, PortBlockPoolOptions options, LeaseKeeper owner, LeaseKeeper hold)
    {
        (_store, _options, _owner, _hold) = (store, options, owner, hold);
        _value = ClusterJson.Write(new PortBlockHolder(options.Host, options.Via, options.Via is null ? null : options.BlocksPerAddress));
    }

    /// <summary>Until when this host may use its blocks; past it every one of them is void and a new pool is needed.</summary>
    public Timestamp Deadline => new(Math.Min(_owner.Deadline.Nanoseconds, _hold.Deadline.Nanoseconds));

    /// <summary>Ends when the blocks are lost.</summary>
    public Task Lost => Task.WhenAny(_owner.Lost, _hold.Lost);

    /// <summary>Blocks that are ready.</summary>
    public int Ready => _ready.Count;

    /// <summary>Claims that another host was faster with.</summary>
    public long Conflicts => Interlocked.Read(ref _conflicts);

    /// <summary>Times that no block was free anywhere.</summary>
    public long Exhausted => Interlocked.Read(ref _exhausted);

    /// <summary>Gets the leases and begins to claim blocks.</summary>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="StoreUnavailableException">No member answered in time.</exception>
    public static async Task<PortBlockPool> StartAsync(IClusterStore store, PortBlockPoolOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        // The second lease may be as old as the first one's last keep-alive, and ends a quarantine later all the same.
        LeaseKeeper hold = await LeaseKeeper.StartAsync(store, HoldOf(options), cancellation).ConfigureAwait(false);
        try
        {
            LeaseKeeper owner = await LeaseKeeper.StartAsync(store, options.Lease, cancellation).ConfigureAwait(false);
            var pool = new PortBlockPool(store, options, owner, hold);
            pool.Begin();
            return pool;
        }
        catch
        {
            await hold.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Goes on with the pool of another process of this host, which has paused and will abandon it; nothing changes in the store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="options">The options of the other pool.</param>
    /// <param name="state">What the other process had, see <see cref="State"/>.</param>
    /// <param name="held">Blocks that were taken from it and not given back.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    public static PortBlockPool Resume(IClusterStore store, PortBlockPoolOptions options, PortBlockPoolState state, IEnumerable<PortBlock> held)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(held);
        options.Validate();
        LeaseKeeper owner = LeaseKeeper.Resume(store, options.Lease, state.Owner, state.OwnerDeadline);
        var pool = new PortBlockPool(store, options, owner, LeaseKeeper.Resume(store, HoldOf(options), state.Hold, state.HoldDeadline));
        foreach (PortBlock block in state.Ready)
        {
            pool._ready.Enqueue(block);
        }

        foreach (PortBlock block in state.Returned)
        {
            pool._returned.Enqueue(block);
        }

        foreach (PortBlock block in state.Ready.Concat(state.Returned).Concat(held))
        {
            pool._mine[pool.Keys(block.Address, block.Index).Owner] = true;
        }

        pool.Begin();
        return pool;
    }

    /// <summary>What another process needs to go on with the pool; true as long as it is paused and nobody takes or returns.</summary>
    public PortBlockPoolState State => new(_owner.Lease, _owner.Deadline, _hold.Lease, _hold.Deadline, [.. _ready], [.. _returned]);

    /// <summary>Has the pool neither claim nor give back until <see cref="Continue"/>; leases are kept, and blocks that are ready may be taken.</summary>
    public async Task PauseAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
    }

    /// <summary>Has a pool that is paused claim and give back again.</summary>
    public void Continue()
    {
        if (_stop.IsCancellationRequested)
        {
            Begin();
        }
    }

    /// <summary>Stops and leaves leases and blocks as they are, for the process that goes on with them.</summary>
    public async Task AbandonAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        await _hold.AbandonAsync().ConfigureAwait(false);
        await _owner.AbandonAsync().ConfigureAwait(false);
    }

    /// <summary>Takes a block that is ready, without waiting for anything.</summary>
    /// <returns>False if none is: the store is slow, or all blocks are in use.</returns>
    public bool TryTake(out PortBlock block)
    {
        bool taken = _ready.TryDequeue(out block);
        _wake.Release();
        return taken;
    }

    /// <summary>Gives a block back that is not used any more. It rests for the quarantine before anybody gets it.</summary>
    public void Return(PortBlock block)
    {
        _returned.Enqueue(block);
        _wake.Release();
    }

    /// <summary>
    /// Takes a block again that an earlier process of this host held, as when sessions were handed over or restored. The caller has made sure that the earlier process has stopped.
    /// </summary>
    /// <returns>The block with its new token; null if the store does not know it as this host's.</returns>
    public async Task<PortBlock?> TryReclaimAsync(string address, int index, CancellationToken cancellation = default)
    {
        (string owner, string hold) = Keys(address, index);
        StoreSnapshot seen = await _store.ReadAsync(KeyOf(address, index), cancellation).ConfigureAwait(false);
        if (seen[hold] is not { } held || ClusterJson.Read<PortBlockHolder>(held)?.Host != _options.Host)
        {
            return null;
        }

        // Before it is asked for, so that it is never taken for the gain of a claim whose answer was lost.
        _mine[owner] = true;
        StoreTransaction transaction = Claim(owner, hold).IfUnchanged(held);
        transaction = seen[owner] is { } owned ? transaction.IfUnchanged(owned) : transaction.IfAbsent(owner);
        CommitResult result = await _store.CommitAsync(transaction, cancellation).ConfigureAwait(false);
        if (result.Succeeded)
        {
            return new PortBlock(address, index, result.Revision);
        }

        _mine.TryRemove(owner, out _);
        return null;
    }

    /// <summary>Stops. The blocks go into quarantine; a later process of this host may reclaim them until its end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        await _hold.AbandonAsync().ConfigureAwait(false);
        await _owner.DisposeAsync().ConfigureAwait(false);
    }

    private void Begin()
    {
        _stop.Dispose();
        _stop = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        _work = WorkAsync(_stop.Token);
    }

    private static LeaseKeeperOptions HoldOf(PortBlockPoolOptions options)
    {
        TimeSpan interval = options.Lease.Interval ?? options.Lease.TimeToLive / 3;
        return options.Lease with { TimeToLive = options.Lease.TimeToLive + interval + options.Quarantine, Interval = interval };
    }

    private async Task WorkAsync(CancellationToken stop)
    {
        int start = _options.Chance.Next(_options.Addresses.Count);
        try
        {
            while (!_owner.Lost.IsCompleted && !_hold.Lost.IsCompleted)
            {
                bool waiting = true;
                try
                {
                    await ReturnAllAsync(stop).ConfigureAwait(false);
                    waiting = await RefillAsync(start, stop).ConfigureAwait(false);
                }
                catch (Exception failure) when (failure is StoreUnavailableException or StoreRefusedException)
                {
                    // What is ready stays ready until the deadline; it is tried again.
                }

                if (waiting)
                {
                    await Task.Delay(Pause, _options.Lease.TimeProvider, stop).ConfigureAwait(false);
                }
                else
                {
                    await _wake.WaitAsync(stop).ConfigureAwait(false);
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or StoreReplacedException)
        {
            // Stopped, or the leases are void: the keepers find out by themselves.
        }
    }

    /// <returns>True if there were not enough free blocks.</returns>
    private async Task<bool> RefillAsync(int start, CancellationToken stop)
    {
        for (int i = 0; i < _options.Addresses.Count && _ready.Count < _options.Ready; i++)
        {
            string address = _options.Addresses[(start + i) % _options.Addresses.Count];
            StoreSnapshot seen = await _store.ReadAsync(_options.Prefix + address + "/", stop).ConfigureAwait(false);
            // Every host begins somewhere else, so that they seldom want the same block.
            int blocks = _options.BlocksPerAddress - _options.FirstBlock;
            int first = _options.Chance.Next(blocks);
            for (int j = 0; j < blocks && _ready.Count < _options.Ready; j++)
            {
                int index = _options.FirstBlock + ((first + j) % blocks);
                (string owner, string hold) = Keys(address, index);
                if (seen[owner] is { } owned && owned.LeaseId == _owner.Lease.Id && _mine.TryAdd(owner, true))
                {
                    // The gain of a claim whose answer was lost.
                    _ready.Enqueue(new PortBlock(address, index, owned.ModRevision));
                }
                else if (seen[owner] is null && seen[hold] is null)
                {
                    await ClaimAsync(address, index, owner, hold, stop).ConfigureAwait(false);
                }
            }
        }

        bool tooFew = _ready.Count < _options.Ready;
        _exhausted += tooFew ? 1 : 0;
        return tooFew;
    }

    private async Task ClaimAsync(string address, int index, string owner, string hold, CancellationToken stop)
    {
        CommitResult result = await _store.CommitAsync(Claim(owner, hold).IfAbsent(owner).IfAbsent(hold), stop).ConfigureAwait(false);
        if (result.Succeeded)
        {
            _mine[owner] = true;
            _ready.Enqueue(new PortBlock(address, index, result.Revision));
        }
        else
        {
            Interlocked.Increment(ref _conflicts);
        }
    }

    private async Task ReturnAllAsync(CancellationToken stop)
    {
        if (_returned.IsEmpty)
        {
            return;
        }

        // One lease for all that came back together; without a quarantine they are free at once.
        long rest = _options.Quarantine < TimeSpan.FromSeconds(1) ? 0 : (await _store.GrantLeaseAsync(_options.Quarantine, stop).ConfigureAwait(false)).Id;
        while (_returned.TryPeek(out PortBlock block))
        {
            (string owner, string hold) = Keys(block.Address, block.Index);
            StoreTransaction transaction = new StoreTransaction().IfUnchanged(owner, block.Token).Delete(owner);
            transaction = rest == 0 ? transaction.Delete(hold) : transaction.Put(hold, _value, rest);
            // If the block is not this host's any more there is nothing to give back.
            await _store.CommitAsync(transaction, stop).ConfigureAwait(false);
            _mine.TryRemove(owner, out _);
            _returned.TryDequeue(out _);
        }
    }

    private StoreTransaction Claim(string owner, string hold) =>
        new StoreTransaction().Put(owner, _value, _owner.Lease.Id).Put(hold, _value, _hold.Lease.Id);

    private string KeyOf(string address, int index) => $"{_options.Prefix}{address}/{index:D4}/";

    private (string Owner, string Hold) Keys(string address, int index)
    {
        string key = KeyOf(address, index);
        return (key + "owner", key + "hold");
    }
}
