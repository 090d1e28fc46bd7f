using System.Runtime.CompilerServices;
using Weft.Cluster.Embedded;
using Wire = Weft.Cluster.Embedded.Wire;

namespace Weft.Cluster;

/// <summary>
/// A store of one process: in a file, every commit on the disk before it is acknowledged, or in memory. The same rules and the same revisions as etcd's, so
/// what runs on one host today runs on etcd tomorrow.
/// </summary>
/// <remarks>
/// A commit costs a write and a flush of the disk, on the calling thread. All content is in memory too. After a restart every lease has its whole time
/// again, because nobody knows for how long nothing ran.
/// </remarks>
public sealed class EmbeddedStore : IClusterStore
{
    private const int RewriteFromBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly StoreState _state;
    private readonly StoreLog? _log;
    private readonly ITimer _expiry;
    private readonly string _place;
    private TaskCompletionSource _changed = NewSignal();
    private long _lastLease;
    private long _imageBytes;
    private long _requests;
    private long _failures;
    private DateTimeOffset? _lastAnswer;
    private bool _disposed;

    /// <summary>Opens the file, or makes it.</summary>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="InvalidDataException">The file is no store's, of a newer format, or damaged; the text says where.</exception>
    /// <exception cref="IOException">The disk refused, or another process has the file open.</exception>
    public EmbeddedStore(EmbeddedStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _time = options.TimeProvider;
        _state = new StoreState(options.History);
        _place = options.Path ?? "";
        _log = options.Path is null ? null : StoreLog.Open(options.Path, Replay);
        _imageBytes = _log?.Length ?? 0;
        _expiry = _time.CreateTimer(_ => ExpireLeases(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_gate)
        {
            Schedule();
        }
    }

    /// <inheritdoc/>
    public StoreStatus Status
    {
        get
        {
            lock (_gate)
            {
                return new StoreStatus(_log is null ? "memory" : "file", _place, _state.Revision, _lastAnswer, _requests, _failures, 0);
            }
        }
    }

    private long Now => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <inheritdoc/>
    public Task<StoreSnapshot> ReadAsync(string prefix, CancellationToken cancellation = default)
    {
        StoreKey.Check(prefix);
        return Answer(() => _state.Read(prefix), cancellation);
    }

    /// <inheritdoc/>
    public Task<CommitResult> CommitAsync(StoreTransaction transaction, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        transaction.Validate();
        return Answer(
            () =>
            {
                if (_state.Plan(transaction) is not { } commit)
                {
                    return new CommitResult(false, _state.Revision, _state.Found(transaction));
                }

                if (commit.Writes.Count > 0)
                {
                    Write(new Wire.Record { Commit = commit });
                }

                return new CommitResult(true, _state.Revision, []);
            },
            cancellation);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreChanges> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        StoreKey.Check(prefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(fromRevision, 1);
        var found = new List<StoreChanges>();
        long next = fromRevision;
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_disposed)
                {
                    yield break;
                }

                if (!_state.TryReplay(prefix, next, found))
                {
                    throw new RevisionCompactedException(next, _state.Compacted);
                }

                changed = _changed.Task;
            }

            foreach (StoreChanges changes in found)
            {
                next = changes.Revision + 1;
                yield return changes;
            }

            found.Clear();
            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task<StoreLease> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellation = default)
    {
        StoreLeaseTime.Check(timeToLive);
        return Answer(
            () =>
            {
                var grant = new Wire.LeaseGrant { Id = _lastLease + 1, Milliseconds = (long)Math.Ceiling(timeToLive.TotalMilliseconds) };
                Write(new Wire.Record { Grant = grant });
                return new StoreLease(grant.Id, TimeSpan.FromMilliseconds(grant.Milliseconds));
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellation = default) => Answer(
        () =>
        {
            long? time = _state.KeepAlive(leaseId, Now);
            Schedule();
            return time is null ? (TimeSpan?)null : TimeSpan.FromMilliseconds(time.Value);
        },
        cancellation);

    /// <inheritdoc/>
    public Task RevokeLeaseAsync(long leaseId, CancellationToken cancellation = default) => Answer(
        () =>
        {
            if (_state.HasLease(leaseId))
            {
                Write(new Wire.Record { End = _state.PlanEnd(leaseId) });
            }

            return true;
        },
        cancellation);

    /// <summary>Closes the file and ends all watches.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                _expiry.Dispose();
                _log?.Dispose();
                _changed.TrySetResult();
            }
        }

        return ValueTask.CompletedTask;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<T> Answer<T>(Func<T> question, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellation);
        }

        try
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                EndExpired();
                T answer = question();
                _requests++;
                _lastAnswer = _time.GetUtcNow();
                return Task.FromResult(answer);
            }
        }
        catch (IOException refused)
        {
            lock (_gate)
            {
                _failures++;
            }

            return Task.FromException<T>(new StoreUnavailableException($"{_place}: {refused.Message}", outcomeUnknown: false, refused));
        }
        catch (ClusterStoreException refused)
        {
            return Task.FromException<T>(refused);
        }
    }

    /// <summary>First to the disk, then to the state: what is seen has been kept.</summary>
    private void Write(Wire.Record record)
    {
        _log?.Append(record);
        long before = _state.Revision;
        Replay(record);
        Schedule();
        if (_state.Revision != before)
        {
            _changed.TrySetResult();
            _changed = NewSignal();
        }

        if (_log is not null && _log.Length > RewriteFromBytes && _log.Length > 4 * _imageBytes)
        {
            RewriteLog(_log);
        }
    }

    private void RewriteLog(StoreLog log)
    {
        try
        {
            log.Rewrite(_state.Image(_lastLease));
        }
        catch (IOException)
        {
            // The old file is whole and holds what was just committed; it is tried again when the file has grown as much once more.
            _failures++;
        }

        _imageBytes = log.Length;
    }

    private void Replay(Wire.Record record)
    {
        switch (record.KindCase)
        {
            case Wire.Record.KindOneofCase.Commit:
                _state.Apply(record.Commit);
                break;
            case Wire.Record.KindOneofCase.Grant:
                _state.Apply(record.Grant, Now);
                _lastLease = Math.Max(_lastLease, record.Grant.Id);
                break;
            case Wire.Record.KindOneofCase.End:
                _state.Apply(record.End);
                break;
            case Wire.Record.KindOneofCase.Image:
                _state.Apply(record.Image, Now);
                _lastLease = Math.Max(_lastLease, record.Image.LastLease);
                break;
            default:
                throw new InvalidDataException("the file holds a record of a kind that this version does not know");
        }
    }

    private void ExpireLeases()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            try
            {
                EndExpired();
                // A timer of the system may come a moment before its time; if nothing was due yet, no other would be set.
                Schedule();
            }
            catch (IOException)
            {
                // The disk refuses: the lease is still there, so nobody is told that it ended; the next request or the timer tries again.
                _failures++;
                _expiry.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void EndExpired()
    {
        while (_state.Expired(Now) is { } lease)
        {
            Write(new Wire.Record { End = _state.PlanEnd(lease) });
        }
    }

    private void Schedule()
    {
        // Called while the constructor loads the file, before there is a timer.
        if (_expiry is not null && _state.NextDue() is { } due)
        {
            _expiry.Change(TimeSpan.FromMilliseconds(Math.Max(0, due - Now)), Timeout.InfiniteTimeSpan);
        }
    }
}
