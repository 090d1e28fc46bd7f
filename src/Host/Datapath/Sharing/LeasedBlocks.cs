using Weft.Cluster;
using Weft.Host.Config;
using Weft.Nat;
using Weft.Packets;
using PortBlock = Weft.Nat.PortBlock;
using PortBlockPool = Weft.Cluster.PortBlockPool;
using PortBlockPoolOptions = Weft.Cluster.PortBlockPoolOptions;

namespace Weft.Host.Datapath.Sharing;

/// <summary>
/// Blocks of a NAT that the cluster leases to this host. The cluster's side works on threads of its own; the worker's side takes what is ready and never
/// waits. It outlives the NAT's engine, so that a new configuration goes on with the blocks of the old one.
/// </summary>
internal sealed class LeasedBlocks : IPortBlockLeases, IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Blocks kept ready beside those in use.</summary>
    private const int ReadyBlocks = 2;

    private readonly IClusterStore _store;
    private readonly PortBlockPoolOptions _options;
    private readonly NatSharedPlan _plan;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _work;
    private readonly Lock _gate = new();
    private readonly Dictionary<PortBlock, (PortBlockPool Pool, Cluster.PortBlock Lease)> _held = [];
    private readonly Queue<LeaseAnswer> _answers = new();
    private volatile PortBlockPool? _pool;
    private readonly TaskCompletionSource<PortBlockPool?> _predecessor = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isHandedOver;
    private bool _isWanted;
    private long _lost;

    /// <param name="store">The store.</param>
    /// <param name="cluster">Who this host is.</param>
    /// <param name="nat">Which blocks.</param>
    /// <param name="time">The clock of leases; null for the machine's.</param>
    /// <param name="chance">Where a search for free blocks begins; null for the runtime's.</param>
    /// <param name="awaits">Whether it does nothing before <see cref="Adopt"/>.</param>
    public LeasedBlocks(IClusterStore store, ClusterPlan cluster, NatPlan nat, TimeProvider? time = null, Random? chance = null, bool awaits = false)
    {
        (_store, _plan) = (store, nat.Shared!);
        Name = nat.Name;
        _options = new PortBlockPoolOptions
        {
            Addresses = [.. _plan.Addresses.Select(address => address.ToString())],
            BlocksPerAddress = _plan.BlocksPerAddress,
            FirstBlock = _plan.FirstBlock,
            Host = $"{cluster.Host}/{nat.Name}",
            Via = nat.Tunnel?.Source.ToString(),
            Ready = ReadyBlocks,
            Lease = new LeaseKeeperOptions { TimeToLive = cluster.Lease, TimeProvider = time ?? TimeProvider.System },
            Quarantine = _plan.Quarantine,
            Chance = chance ?? Random.Shared,
        };
        if (!awaits)
        {
            _predecessor.SetResult(null);
        }

        _work = WorkAsync();
    }

    /// <summary>Name of the NAT.</summary>
    public string Name { get; }

    /// <summary>How often it is worth asking whether leases are longer now. They were, whenever the store answered; a host that asks seldom gives up early when it does not.</summary>
    public TimeSpan Patience => TimeSpan.FromTicks(Math.Clamp(_options.Lease.TimeToLive.Ticks / 30, TimeSpan.FromMilliseconds(100).Ticks, TimeSpan.FromSeconds(1).Ticks));

    /// <summary>What a person wants to know of it.</summary>
    public (int Held, int Ready, Timestamp Deadline, long Conflicts, long Exhausted, long Lost) Picture
    {
        get
        {
            PortBlockPool? pool = _pool;
            lock (_gate)
            {
                return (_held.Count, pool?.Ready ?? 0, pool?.Deadline ?? Timestamp.Zero, pool?.Conflicts ?? 0, pool?.Exhausted ?? 0, _lost);
            }
        }
    }

    /// <summary>What another process needs to go on; null if there is nothing. The worker stands still, and <see cref="PauseAsync"/> came before.</summary>
    /// <param name="nat">What tells the NAT from others.</param>
    public SessionBlocks? Export(string nat)
    {
        if (_pool is not { } pool)
        {
            return null;
        }

        PortBlockPoolState state = pool.State;
        lock (_gate)
        {
            return new SessionBlocks(nat, Of(state.Owner, state.OwnerDeadline), Of(state.Hold, state.HoldDeadline), [.. _held.Values.Select(held => Of(held.Lease))], [.. state.Ready.Select(Of)], [.. state.Returned.Select(Of)]);
        }
    }

    /// <summary>Goes on where another process stopped, or begins with nothing.</summary>
    /// <param name="session">What the other process had; null if nothing.</param>
    public void Adopt(SessionBlocks? session)
    {
        if (session is null)
        {
            _ = _predecessor.TrySetResult(null);
            return;
        }

        var state = new PortBlockPoolState(Of(session.Owner), new Timestamp(session.Owner.Deadline), Of(session.Hold), new Timestamp(session.Hold.Deadline), [.. session.Ready.Select(Of)], [.. session.Returned.Select(Of)]);
        PortBlockPool pool = PortBlockPool.Resume(_store, _options, state, session.Held.Select(Of));
        lock (_gate)
        {
            foreach (SessionBlock held in session.Held)
            {
                _held[BlockOf(Of(held))] = (pool, Of(held));
            }

            _pool = pool;
        }

        _ = _predecessor.TrySetResult(pool);
    }

    /// <summary>Changes nothing in the store until <see cref="Continue"/>.</summary>
    public Task PauseAsync() => _pool?.PauseAsync() ?? Task.CompletedTask;

    /// <summary>No other process went on.</summary>
    public void Continue() => _pool?.Continue();

    /// <summary>Another process has gone on: what is left here is to stop.</summary>
    public void HandOver() => _isHandedOver = true;

    /// <summary>A new engine begins.</summary>
    /// <returns>The blocks of the old one, with the end of their leases.</returns>
    public IReadOnlyList<(PortBlock Block, Timestamp Expires)> BeginAgain()
    {
        lock (_gate)
        {
            _answers.Clear();
            _isWanted = false;
            return [.. _held.Select(held => (held.Key, held.Value.Pool.Deadline))];
        }
    }

    public void Request(IPv4Address preferred, Timestamp now)
    {
        lock (_gate)
        {
            // One at a time: who asks again before the answer asks for the same one.
            _isWanted = true;
        }
    }

    public void Renew(PortBlock block, Timestamp now)
    {
        lock (_gate)
        {
            _answers.Enqueue(_held.TryGetValue(block, out (PortBlockPool Pool, Cluster.PortBlock Lease) held) ? new LeaseAnswer(LeaseAnswerKind.Renewed, block, held.Pool.Deadline) : new LeaseAnswer(LeaseAnswerKind.Lost, block, now));
        }
    }

    public void Release(PortBlock block, Timestamp now)
    {
        lock (_gate)
        {
            if (_held.Remove(block, out (PortBlockPool Pool, Cluster.PortBlock Lease) held))
            {
                held.Pool.Return(held.Lease);
            }
        }
    }

    public bool TryTakeAnswer(Timestamp now, out LeaseAnswer answer)
    {
        lock (_gate)
        {
            if (_isWanted && _pool is { } pool && now < pool.Deadline && pool.TryTake(out Cluster.PortBlock lease))
            {
                _isWanted = false;
                PortBlock block = BlockOf(lease);
                _held[block] = (pool, lease);
                _answers.Enqueue(new LeaseAnswer(LeaseAnswerKind.Granted, block, pool.Deadline));
            }

            return _answers.TryDequeue(out answer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _end.Dispose();
    }

    /// <summary>Has a pool for as long as its leases last, and then another one.</summary>
    private async Task WorkAsync()
    {
        PortBlockPool? inherited = null;
        try
        {
            inherited = await _predecessor.Task.WaitAsync(_end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        while (!_end.IsCancellationRequested)
        {
            try
            {
                PortBlockPool pool = inherited ?? await PortBlockPool.StartAsync(_store, _options, _end.Token).ConfigureAwait(false);
                inherited = null;
                try
                {
                    _pool = pool;
                    await pool.Lost.WaitAsync(_end.Token).ConfigureAwait(false);
                    LoseAll();
                }
                finally
                {
                    await (_isHandedOver ? pool.AbandonAsync() : pool.DisposeAsync().AsTask()).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure) when (failure is ClusterStoreException or ObjectDisposedException)
            {
                // Engines go on with what they have until its deadline.
                await Task.Delay(Pause, _options.Lease.TimeProvider, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static SessionLease Of(StoreLease lease, Timestamp deadline) => new(lease.Id, (long)lease.TimeToLive.TotalMilliseconds, deadline.Nanoseconds);

    private static StoreLease Of(SessionLease lease) => new(lease.Id, TimeSpan.FromMilliseconds(lease.Milliseconds));

    private static SessionBlock Of(Cluster.PortBlock block) => new(block.Address, block.Index, block.Token);

    private static Cluster.PortBlock Of(SessionBlock block) => new(block.Address, block.Index, block.Token);

    /// <summary>Of a token only the order counts, and revisions of a store do not come near four thousand million in a lease.</summary>
    private PortBlock BlockOf(Cluster.PortBlock lease) => new(IPv4Address.Parse(lease.Address), (ushort)(lease.Index << _plan.Log2BlockPorts), _plan.Log2BlockPorts, (uint)lease.Token);

    private void LoseAll()
    {
        lock (_gate)
        {
            _pool = null;
            foreach (PortBlock block in _held.Keys)
            {
                _answers.Enqueue(new LeaseAnswer(LeaseAnswerKind.Lost, block, Timestamp.Zero));
                _lost++;
            }

            _held.Clear();
        }
    }
}
