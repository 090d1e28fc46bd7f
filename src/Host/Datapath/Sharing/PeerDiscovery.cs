using System.Globalization;
using Weft.Cluster;
using Weft.Host.Config;

namespace Weft.Host.Datapath.Sharing;

/// <summary>
/// Tells other hosts which virtual networks this one has, and hears the same from them. A key is <c>/vtep/v1/VNI/ADDRESS</c> with the host's name, on the host's
/// lease: when a host is gone, so is its place in the lists of the others.
/// </summary>
internal sealed class PeerDiscovery : IAsyncDisposable
{
    private const string Prefix = "/vtep/v1/";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Hosts that come together are taken together, because each change rebuilds what the workers have.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(200);

    private readonly IClusterStore _store;
    private readonly ClusterPlan _cluster;
    private readonly StoreMirror _mirror;
    private readonly Func<Task> _changed;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _publishing;
    private readonly Task _following;
    private volatile IReadOnlyList<(uint Vni, TunnelAddress Address)> _own = [];
    private readonly TaskCompletionSource<SessionLease?> _predecessor = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isHandedOver;
    private volatile LeaseKeeper? _keeper;
    private volatile TaskCompletionSource _republish = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="store">The store.</param>
    /// <param name="cluster">Who this host is.</param>
    /// <param name="changed">Called, one call at a time, when others came or went.</param>
    /// <param name="time">The clock of leases and pauses; null for the machine's.</param>
    /// <param name="awaits">Whether it tells nothing before <see cref="Adopt"/>; it hears others all the same.</param>
    public PeerDiscovery(IClusterStore store, ClusterPlan cluster, Func<Task> changed, TimeProvider? time = null, bool awaits = false)
    {
        if (!awaits)
        {
            _predecessor.SetResult(null);
        }

        (_store, _cluster, _changed, _time) = (store, cluster, changed, time ?? TimeProvider.System);
        _mirror = new StoreMirror(store, Prefix, _time);
        _publishing = PublishAsync();
        _following = FollowAsync();
    }

    /// <summary>Until when others take this host for present.</summary>
    public Packets.Timestamp Deadline => _keeper?.Deadline ?? Packets.Timestamp.Zero;

    /// <summary>What is known of all hosts, this one included.</summary>
    public IEnumerable<(uint Vni, TunnelAddress Address, string Host)> Known => _mirror.Current.Entries.Values
        .Select(entry => TryParse(entry, out uint vni, out TunnelAddress address) ? (Vni: vni, Address: address, Host: entry.Text) : default)
        .Where(known => known.Host is not null);

    /// <summary>True once the store has answered.</summary>
    public bool HasHeard => !ReferenceEquals(_mirror.Current, StoreSnapshot.Empty);

    /// <summary>The lease that the keys are on, for the process that goes on with it; null while it is renewed.</summary>
    public SessionLease? Export() => _keeper is { } keeper ? new SessionLease(keeper.Lease.Id, (long)keeper.Lease.TimeToLive.TotalMilliseconds, keeper.Deadline.Nanoseconds) : null;

    /// <summary>Goes on with the lease of another process, or with one of its own.</summary>
    public void Adopt(SessionLease? lease) => _ = _predecessor.TrySetResult(lease);

    /// <summary>Another process has gone on: what is left here is to stop.</summary>
    public void HandOver() => _isHandedOver = true;

    /// <summary>Says what this host has from now on.</summary>
    public void Announce(IReadOnlyList<(uint Vni, TunnelAddress Address)> own)
    {
        if (!own.SequenceEqual(_own))
        {
            _own = own;
            _ = _republish.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_publishing, _following).ConfigureAwait(false);
    }

    private static bool TryParse(StoreEntry entry, out uint vni, out TunnelAddress address)
    {
        string[] parts = entry.Key[Prefix.Length..].Split('/');
        address = default;
        vni = 0;
        return parts.Length == 2 && uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out vni) && TunnelAddress.TryParse(parts[1], out address);
    }

    private async Task PublishAsync()
    {
        var options = new LeaseKeeperOptions { TimeToLive = _cluster.Lease, TimeProvider = _time };
        SessionLease? inherited = null;
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
                LeaseKeeper keeper = inherited is null ? await LeaseKeeper.StartAsync(_store, options, _end.Token).ConfigureAwait(false)
                    : LeaseKeeper.Resume(_store, options, new StoreLease(inherited.Id, TimeSpan.FromMilliseconds(inherited.Milliseconds)), new Packets.Timestamp(inherited.Deadline));
                inherited = null;
                try
                {
                    _keeper = keeper;
                    await PublishAsync(keeper).ConfigureAwait(false);
                }
                finally
                {
                    await (_isHandedOver ? keeper.AbandonAsync() : keeper.DisposeAsync().AsTask()).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure) when (failure is ClusterStoreException or ObjectDisposedException)
            {
                await Task.Delay(Pause, _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task PublishAsync(LeaseKeeper keeper)
    {
        while (!keeper.Lost.IsCompleted)
        {
            var wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _republish = wanted;
            // What is there is looked at now and then all the same, because somebody else may have written a key. The mirror has it: a question to the store
            // from every host about all of them would grow with the square of their number.
            TimeSpan pause = await TryPublishAsync(keeper).ConfigureAwait(false) ? _cluster.Lease : Pause;
            try
            {
                await Task.WhenAny(keeper.Lost, wanted.Task).WaitAsync(pause, _time, _end.Token).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Time to look again.
            }
        }
    }

    /// <returns>False if something else was true than the mirror knows yet.</returns>
    private async Task<bool> TryPublishAsync(LeaseKeeper keeper)
    {
        StoreSnapshot seen = _mirror.Current;
        if (ReferenceEquals(seen, StoreSnapshot.Empty))
        {
            // Not read yet; a store that is new has been read at revision zero.
            return false;
        }

        HashSet<string> wanted = [.. _own.Select(own => $"{Prefix}{own.Vni}/{own.Address}")];
        IEnumerable<string> stale = seen.Entries.Values.Where(entry => entry.LeaseId == keeper.Lease.Id && !wanted.Contains(entry.Key)).Select(entry => entry.Key);
        bool succeeded = true;
        foreach (string[] keys in wanted.Where(key => seen[key]?.LeaseId != keeper.Lease.Id).Concat(stale).Chunk(StoreTransaction.MaxOperations))
        {
            var transaction = new StoreTransaction();
            foreach (string key in keys)
            {
                transaction = seen[key] is { } entry ? transaction.IfUnchanged(entry) : transaction.IfAbsent(key);
                transaction = wanted.Contains(key) ? transaction.Put(key, _cluster.Host, keeper.Lease.Id) : transaction.Delete(key);
            }

            succeeded &= (await _store.CommitAsync(transaction, _end.Token).ConfigureAwait(false)).Succeeded;
        }

        return succeeded;
    }

    private async Task FollowAsync()
    {
        try
        {
            await foreach (MirrorUpdate update in _mirror.FollowAsync(_end.Token).ConfigureAwait(false))
            {
                if (update.Changes.Count > 0)
                {
                    await Task.Delay(Gathering, _time, _end.Token).ConfigureAwait(false);
                    await _changed().ConfigureAwait(false);
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or StoreReplacedException or InvalidOperationException)
        {
            // Stopped; or the switch has ended; or the store is another one, and what was known stays in force until somebody looks into it.
        }
    }
}
