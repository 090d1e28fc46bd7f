using System.Globalization;
using Weft.Cluster;
using Weft.Host.Config;
using Weft.Host.Datapath.Bridges;
using Weft.Packets;

namespace Weft.Host.Datapath.Sharing;

/// <summary>
/// The fence of a bridge node: leadership of an election in the cluster's store, key <c>/bridge/v1/PAIR</c>. Whoever wins waits until the one before has
/// certainly stopped; whoever cannot renew stops by its own clock before the store gives the fence away. It outlives the node, so that a new configuration
/// goes on with it.
/// </summary>
internal sealed class BridgeFence : IBridgeFence, IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Election _election;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _work;
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Leadership? _leadership;
    private volatile bool _isWanted;

    /// <param name="store">The store.</param>
    /// <param name="host">This host's name.</param>
    /// <param name="bridge">Which bridge, and how long its lease is.</param>
    /// <param name="time">The clock of leases; null for the machine's.</param>
    public BridgeFence(IClusterStore store, string host, BridgePlan bridge, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _election = new Election(store, new ElectionOptions
        {
            Key = string.Create(CultureInfo.InvariantCulture, $"/bridge/v1/{bridge.Id}"),
            Candidate = host,
            Lease = new LeaseKeeperOptions { TimeToLive = bridge.FenceLease!.Value, TimeProvider = _time },
        });
        _work = WorkAsync();
    }

    public Timestamp Deadline => _leadership?.Deadline ?? Timestamp.Zero;

    public bool IsHeld(Timestamp now) => _leadership is { } held && held.IsActive(now);

    public void Want(bool wants)
    {
        if (wants == _isWanted)
        {
            return;
        }

        lock (_gate)
        {
            _isWanted = wants;
            _ = _changed.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            while (true)
            {
                await UntilAsync(wanted: true).WaitAsync(_end.Token).ConfigureAwait(false);
                await HoldAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    /// <summary>Wins, and keeps what was won for as long as it is wanted and lasts.</summary>
    private async Task HoldAsync()
    {
        using var campaign = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        Task unwanted = UntilAsync(wanted: false);
        try
        {
            Task<Leadership> winning = _election.CampaignAsync(campaign.Token);
            if (await Task.WhenAny(winning, unwanted).ConfigureAwait(false) == unwanted)
            {
                await campaign.CancelAsync().ConfigureAwait(false);
            }

            Leadership won = await winning.ConfigureAwait(false);
            await using (won.ConfigureAwait(false))
            {
                _leadership = won;
                try
                {
                    _ = await Task.WhenAny(won.Lost, unwanted).WaitAsync(_end.Token).ConfigureAwait(false);
                }
                finally
                {
                    // First here, then in the store.
                    _leadership = null;
                }
            }
        }
        catch (OperationCanceledException) when (!_end.IsCancellationRequested)
        {
            // Nobody wants it any more.
        }
        catch (Exception failure) when (failure is ClusterStoreException or ObjectDisposedException)
        {
            await Task.Delay(Pause, _time, _end.Token).ConfigureAwait(false);
        }
    }

    private async Task UntilAsync(bool wanted)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_isWanted == wanted)
                {
                    return;
                }

                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
            }

            await changed.ConfigureAwait(false);
        }
    }
}
