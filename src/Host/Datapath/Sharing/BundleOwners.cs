using System.Globalization;
using System.Threading.Channels;
using Weft.Cluster;
using Weft.Host.Config;
using Weft.Packets;
using Weft.Sase;
using OwnershipTable = Weft.Cluster.OwnershipTable;

namespace Weft.Host.Datapath.Sharing;

/// <summary>
/// Who owns which bundle of a point of presence, as the cluster's store knows it. Questions and answers pass between the worker and threads of its own; the
/// worker never waits. It outlives the node's engine, so that a new configuration goes on with it.
/// </summary>
/// <remarks>
/// A bundle is a key <c>/sase/v1/POP/bundle/NUMBER</c> without a lease, whose owner is a node's tunnel address and whose epoch is the term of an
/// <see cref="Epoch"/>: a store that is slow or gone takes nothing from a node that works.
/// </remarks>
internal sealed class BundleOwners : IOwnershipStore, IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Questions that wait at most: one for each bundle, and as many again while the answers are on their way.</summary>
    private const int Waiting = 512;

    private readonly IReadOnlyList<IPv4Address> _nodes;
    private readonly int _bundles;
    private readonly string _prefix;
    private readonly TimeProvider _time;
    private readonly OwnershipTable _table;
    private readonly StoreMirror _mirror;
    private readonly CancellationTokenSource _end = new();
    private readonly Channel<(int Bundle, Epoch Expected, Epoch Next)> _questions = Channel.CreateBounded<(int, Epoch, Epoch)>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Channel<OwnershipGrant> _answers = Channel.CreateUnbounded<OwnershipGrant>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _work;

    /// <param name="store">The store.</param>
    /// <param name="sase">Which point of presence.</param>
    /// <param name="time">The clock of pauses; null for the machine's.</param>
    public BundleOwners(IClusterStore store, SasePlan sase, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        (_nodes, _bundles, _prefix) = (sase.Nodes, sase.Bundles, $"/sase/v1/{sase.Name}/bundle/");
        (_table, _mirror) = (new OwnershipTable(store, _prefix), new StoreMirror(store, _prefix, _time));
        _work = Task.WhenAll(AskAsync(), FollowAsync());
    }

    public void Request(int bundle, Epoch expected, Epoch next, Timestamp now) => _ = _questions.Writer.TryWrite((bundle, expected, next));

    public bool TryTake(out OwnershipGrant grant) => _answers.Reader.TryRead(out grant);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task AskAsync()
    {
        try
        {
            await foreach ((int bundle, Epoch expected, Epoch next) in _questions.Reader.ReadAllAsync(_end.Token).ConfigureAwait(false))
            {
                await AskAsync(bundle, expected, next).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task AskAsync(int bundle, Epoch expected, Epoch next)
    {
        string name = bundle.ToString(CultureInfo.InvariantCulture);
        try
        {
            OwnershipEntry? seen = await _table.ReadAsync(name, _end.Token).ConfigureAwait(false);
            if (next.IsNone)
            {
                _ = _answers.Writer.TryWrite(new OwnershipGrant(bundle, EpochOf(seen) ?? Epoch.None));
                return;
            }

            OwnershipEntry? now = EpochOf(seen) is Epoch current && current > expected
                ? seen
                : await _table.TryChangeAsync(name, seen, _nodes[next.Node].ToString(), backup: null, atLeast: next.Term, _end.Token).ConfigureAwait(false)
                    ?? await _table.ReadAsync(name, _end.Token).ConfigureAwait(false);
            Answer(bundle, now);
        }
        catch (Exception failure) when (failure is ClusterStoreException or ObjectDisposedException)
        {
            // Whoever asked asks again when its patience is at an end, and the owner of before goes on until then.
        }
    }

    private async Task FollowAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                await foreach (MirrorUpdate update in _mirror.FollowAsync(_end.Token).ConfigureAwait(false))
                {
                    foreach (StoreChange change in update.Changes)
                    {
                        if (change.Entry is StoreEntry entry && int.TryParse(change.Key.AsSpan(_prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int bundle))
                        {
                            Answer(bundle, _table.Parse(entry));
                        }
                    }
                }
            }
            catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or StoreReplacedException)
            {
                // Another store knows of other epochs: nodes go by what they know, and what it says of later ones still reaches them with its answers.
                return;
            }
            catch (ClusterStoreException)
            {
                await Task.Delay(Pause, _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Answer(int bundle, OwnershipEntry? entry)
    {
        if (EpochOf(entry) is Epoch epoch && bundle < _bundles)
        {
            _ = _answers.Writer.TryWrite(new OwnershipGrant(bundle, epoch));
        }
    }

    /// <summary>The epoch of an entry; null if it names nobody who is a node here.</summary>
    private Epoch? EpochOf(OwnershipEntry? entry)
    {
        int node = entry is not null && IPv4Address.TryParse(entry.Ownership.Owner, out IPv4Address owner) ? Position.Of(_nodes, address => address == owner) : -1;
        return node < 0 || entry!.Ownership.Epoch is < 1 or > Epoch.MaxTerm ? null : new Epoch(((uint)entry.Ownership.Epoch << 8) | (uint)node);
    }
}
