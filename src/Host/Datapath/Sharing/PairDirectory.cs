using System.Globalization;
using Weft.Cluster;
using Weft.Host.Config;

namespace Weft.Host.Datapath.Sharing;

/// <summary>
/// Where the nodes of bridge pairs are: a key <c>/bridge/v1/PAIR/node/NUMBER</c> with a tunnel address, on no lease. Who is alive is BFD's to say; an address that were
/// gone with its node would leave the other one nobody to watch.
/// </summary>
internal sealed class PairDirectory : IAsyncDisposable
{
    private const string Prefix = "/bridge/v1/";
    private const string Node = "node";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly IClusterStore _store;
    private readonly StoreMirror _mirror;
    private readonly Func<Task> _changed;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _work;

    /// <summary>What this process has written: if somebody else writes another address there since, two hosts have one number, and they do not fight about it.</summary>
    private readonly HashSet<BridgeNodePlace> _written = [];
    private volatile IReadOnlyList<BridgeNodePlace> _own = [];
    private volatile TaskCompletionSource _republish = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="store">The store.</param>
    /// <param name="changed">Called, one call at a time, when a node has another address.</param>
    /// <param name="time">The clock of pauses; null for the machine's.</param>
    public PairDirectory(IClusterStore store, Func<Task> changed, TimeProvider? time = null)
    {
        (_store, _changed, _time) = (store, changed, time ?? TimeProvider.System);
        _mirror = new StoreMirror(store, Prefix, _time);
        _work = Task.WhenAll(PublishAsync(), FollowAsync());
    }

    /// <summary>All nodes that are known.</summary>
    public IEnumerable<BridgeNodePlace> Known => _mirror.Current.Entries.Values.Select(Parse).OfType<BridgeNodePlace>();

    /// <summary>True once the store has answered.</summary>
    public bool HasHeard => !ReferenceEquals(_mirror.Current, StoreSnapshot.Empty);

    /// <summary>Says which nodes are here from now on. Those that go are left: whoever comes back is looked for there.</summary>
    public void Announce(IReadOnlyList<BridgeNodePlace> own)
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
        await _work.ConfigureAwait(false);
        _end.Dispose();
    }

    private static string KeyOf(BridgeNodePlace place) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{place.Pair}/{Node}/{place.Node}");

    private static BridgeNodePlace? Parse(StoreEntry entry) =>
        entry.Key[Prefix.Length..].Split('/') is [string pair, Node, string node]
        && ulong.TryParse(pair, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id)
        && ushort.TryParse(node, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
        && TunnelAddress.TryParse(entry.Text, out TunnelAddress address)
            ? new BridgeNodePlace(id, number, address)
            : null;

    private async Task PublishAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _republish = wanted;
            try
            {
                TimeSpan pause = await TryPublishAsync().ConfigureAwait(false) ? Timeout.InfiniteTimeSpan : Pause;
                await wanted.Task.WaitAsync(pause, _time, _end.Token).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Time to try again.
            }
            catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <returns>False if it must be tried again.</returns>
    private async Task<bool> TryPublishAsync()
    {
        StoreSnapshot seen = _mirror.Current;
        // A store that is new has been read at revision zero.
        bool succeeded = !ReferenceEquals(seen, StoreSnapshot.Empty);
        foreach (BridgeNodePlace place in succeeded ? _own : [])
        {
            string key = KeyOf(place);
            StoreEntry? entry = seen[key];
            if (entry?.Text == place.Address.ToString() || (entry is not null && _written.Contains(place)))
            {
                continue;
            }

            try
            {
                StoreTransaction transaction = new StoreTransaction().Put(key, place.Address.ToString());
                transaction = entry is null ? transaction.IfAbsent(key) : transaction.IfUnchanged(entry);
                bool isWritten = (await _store.CommitAsync(transaction, _end.Token).ConfigureAwait(false)).Succeeded;
                _ = isWritten && _written.Add(place);
                succeeded &= isWritten;
            }
            catch (ClusterStoreException)
            {
                succeeded = false;
            }
        }

        return succeeded;
    }

    private async Task FollowAsync()
    {
        try
        {
            await foreach (MirrorUpdate update in _mirror.FollowAsync(_end.Token).ConfigureAwait(false))
            {
                // Elections of the same pairs are kept beside.
                if (update.Reloaded || update.Changes.Any(change => change.Key.Contains($"/{Node}/", StringComparison.Ordinal)))
                {
                    _ = _republish.TrySetResult();
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
