using System.Runtime.CompilerServices;

namespace Weft.Cluster;

/// <summary>
/// All keys under a prefix as this host last knew them: read once, then followed. While the store is out of reach the mirror stays as it is, and afterwards
/// it catches up; it never goes back to an older revision.
/// </summary>
/// <remarks>One caller follows; <see cref="Current"/> may be read from any thread at any time and is immutable.</remarks>
public sealed class StoreMirror
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly IClusterStore _store;
    private readonly string _prefix;
    private readonly TimeProvider _time;
    private volatile StoreSnapshot _current = StoreSnapshot.Empty;

    /// <summary>Makes an empty mirror; <see cref="FollowAsync"/> fills it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="prefix">What the keys begin with; not empty.</param>
    /// <param name="time">The clock of pauses while the store is out of reach; null for the system's.</param>
    public StoreMirror(IClusterStore store, string prefix, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _prefix = StoreKey.Check(prefix);
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The keys as they were last known; at revision zero before the first answer.</summary>
    public StoreSnapshot Current => _current;

    /// <summary>Reads, then follows for ever. The first step says what there is.</summary>
    /// <exception cref="StoreReplacedException">The store is not the one of before: whoever follows must begin again with nothing.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> ended it.</exception>
    public async IAsyncEnumerable<MirrorUpdate> FollowAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            if (await TryReloadAsync(cancellation).ConfigureAwait(false) is not { } reload)
            {
                await Task.Delay(Pause, _time, cancellation).ConfigureAwait(false);
                continue;
            }

            yield return reload;
            IAsyncEnumerator<StoreChanges> watch = _store.WatchAsync(_prefix, _current.Revision + 1, cancellation).GetAsyncEnumerator(cancellation);
            await using (watch.ConfigureAwait(false))
            {
                while (await TryMoveAsync(watch).ConfigureAwait(false))
                {
                    yield return Apply(watch.Current);
                }
            }

            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task<MirrorUpdate?> TryReloadAsync(CancellationToken cancellation)
    {
        try
        {
            StoreSnapshot read = await _store.ReadAsync(_prefix, cancellation).ConfigureAwait(false);
            if (read.Revision < _current.Revision)
            {
                throw new StoreReplacedException($"revision {read.Revision} was read after {_current.Revision} had been seen");
            }

            StoreChange[] changes =
            [
                .. _current.Entries.Keys.Where(key => !read.Entries.ContainsKey(key)).Select(key => new StoreChange(key, null)),
                .. read.Entries.Values.Where(entry => _current[entry.Key]?.ModRevision != entry.ModRevision).Select(entry => new StoreChange(entry.Key, entry)),
            ];
            _current = read;
            return new MirrorUpdate(read, changes, Reloaded: true);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or StoreRefusedException)
        {
            return null;
        }
    }

    private static async Task<bool> TryMoveAsync(IAsyncEnumerator<StoreChanges> watch)
    {
        try
        {
            return await watch.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is RevisionCompactedException or StoreUnavailableException or StoreRefusedException)
        {
            return false;
        }
    }

    private MirrorUpdate Apply(StoreChanges changes)
    {
        var entries = _current.Entries.ToBuilder();
        foreach (StoreChange change in changes.Changes)
        {
            if (change.Entry is null)
            {
                entries.Remove(change.Key);
            }
            else
            {
                entries[change.Key] = change.Entry;
            }
        }

        _current = new StoreSnapshot(changes.Revision, entries.ToImmutable());
        return new MirrorUpdate(_current, changes.Changes, Reloaded: false);
    }
}
