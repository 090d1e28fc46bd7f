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
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _republish = new(0);
    private readonly Task _publishing;
    private readonly Task _following;
    private volatile IReadOnlyList<(uint Vni, TunnelAddress Address)> _own = [];
    private volatile LeaseKeeper? _keeper;

    /// <param name="store">The store.</param>
    /// <param name="cluster">Who this host is.</param>
    /// <param name="changed">Called, one call at a time, when others came or went.</param>
    public PeerDiscovery(IClusterStore store, ClusterPlan cluster, Func<Task> changed)
    {
        (_store, _cluster, _changed) = (store, cluster, changed);
        _mirror = new StoreMirror(store, Prefix);
        _publishing = PublishAsync();
        _following = FollowAsync();
    }

    /// <summary>Until when others take this host for present.</summary>
    public Packets.Timestamp Deadline => _keeper?.Deadline ?? Packets.Timestamp.Zero;

    /// <summary>What is known of all hosts, this one included.</summary>
    public IEnumerable<(uint Vni, TunnelAddress Address, string Host)> Known => _mirror.Current.Entries.Values
        .Select(entry => TryParse(entry, out uint vni, out TunnelAddress address) ? (Vni: vni, Address: address, Host: entry.Text) : default)
        .Where(known => known.Host is not null);

    /// <summary>Says what this host has from now on.</summary>
    public void Announce(IReadOnlyList<(uint Vni, TunnelAddress Address)> own)
    {
        if (!own.SequenceEqual(_own))
        {
            _own = own;
            _republish.Release();
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
        while (!_end.IsCancellationRequested)
        {
            try
            {
                LeaseKeeper keeper = await LeaseKeeper.StartAsync(_store, new LeaseKeeperOptions { TimeToLive = _cluster.Lease }, _end.Token).ConfigureAwait(false);
                await using (keeper.ConfigureAwait(false))
                {
                    _keeper = keeper;
                    await PublishAsync(keeper).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure) when (failure is ClusterStoreException or ObjectDisposedException)
            {
                await Task.Delay(Pause, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task PublishAsync(LeaseKeeper keeper)
    {
        HashSet<string> written = [];
        while (!keeper.Lost.IsCompleted)
        {
            HashSet<string> wanted = [.. _own.Select(own => $"{Prefix}{own.Vni}/{own.Address}")];
            StoreSnapshot seen = await _store.ReadAsync(Prefix, _end.Token).ConfigureAwait(false);
            foreach (string key in wanted.Union(written))
            {
                StoreTransaction transaction = seen[key] is { } entry ? new StoreTransaction().IfUnchanged(entry) : new StoreTransaction().IfAbsent(key);
                if (wanted.Contains(key) && seen[key]?.LeaseId != keeper.Lease.Id)
                {
                    await _store.CommitAsync(transaction.Put(key, _cluster.Host, keeper.Lease.Id), _end.Token).ConfigureAwait(false);
                    written.Add(key);
                }
                else if (!wanted.Contains(key) && seen[key]?.LeaseId == keeper.Lease.Id)
                {
                    await _store.CommitAsync(transaction.Delete(key), _end.Token).ConfigureAwait(false);
                }
            }

            // Looked at now and then all the same: somebody else may have written the key.
            await Task.WhenAny(keeper.Lost, _republish.WaitAsync(_cluster.Lease, _end.Token)).ConfigureAwait(false);
            _end.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task FollowAsync()
    {
        try
        {
            await foreach (MirrorUpdate update in _mirror.FollowAsync(_end.Token).ConfigureAwait(false))
            {
                if (update.Changes.Count > 0)
                {
                    await Task.Delay(Gathering, _end.Token).ConfigureAwait(false);
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
