using Google.Protobuf;

namespace Weft.Cluster.Etcd;

/// <summary>Where a watch has come to, and the stream that it reads from now.</summary>
internal sealed class EtcdWatch(string prefix, long fromRevision)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private GrpcStream<Wire.WatchResponse>? _stream;
    private long _next = fromRevision;
    private TimeSpan _pause = ShortestPause;

    public bool IsOpen => _stream is not null;

    public async Task OpenAsync(GrpcChannel channel, Uri member, CancellationToken cancellation)
    {
        var request = new Wire.WatchRequest
        {
            Create = new Wire.WatchCreate { Key = ByteString.CopyFromUtf8(prefix), RangeEnd = EtcdMessages.PrefixEnd(prefix), StartRevision = _next, ProgressNotify = true },
        };
        _stream = await channel.OpenAsync(member, "/etcdserverpb.Watch/Watch", request, Wire.WatchResponse.Parser, cancellation).ConfigureAwait(false);
    }

    /// <summary>The next message; null if the member ended the stream.</summary>
    public ValueTask<Wire.WatchResponse?> ReadAsync(CancellationToken cancellation) => _stream!.ReadAsync(cancellation);

    /// <summary>Takes a message.</summary>
    /// <returns>What it brings the watcher; null for nothing.</returns>
    /// <exception cref="RevisionCompactedException">The next revision is forgotten.</exception>
    /// <exception cref="InvalidDataException">The member ended the watch, or an event is of no key.</exception>
    public StoreChanges? Take(Wire.WatchResponse message)
    {
        if (message.CompactRevision != 0)
        {
            // etcd names the first revision that it still knows.
            throw new RevisionCompactedException(_next, message.CompactRevision - 1);
        }

        if (message.Canceled)
        {
            throw new InvalidDataException($"the member ended the watch: {message.CancelReason}");
        }

        _pause = ShortestPause;
        // The answer to the request names the member's revision, and that may lag behind ours or be ahead of events still to come.
        if (message.Created)
        {
            return null;
        }

        if (message.Events.Any(change => change.Entry is null))
        {
            throw new InvalidDataException("the member told of a change without saying of what");
        }

        StoreChange[] changes = [.. message.Events.Select(Change)];
        long revision = changes.Length > 0 ? message.Events[^1].Entry.ModRevision : message.Header.Revision;
        if (revision < _next)
        {
            return null;
        }

        _next = revision + 1;
        return new StoreChanges(revision, changes);
    }

    /// <summary>How long to wait before the next attempt.</summary>
    public TimeSpan NextPause()
    {
        TimeSpan pause = _pause;
        _pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        return pause;
    }

    public void Close()
    {
        _stream?.Dispose();
        _stream = null;
    }

    private static StoreChange Change(Wire.WatchEvent change) => change.Kind == Wire.WatchEvent.Types.Kind.Put
        ? new StoreChange(change.Entry.Key.ToStringUtf8(), EtcdMessages.Entry(change.Entry))
        : new StoreChange(change.Entry.Key.ToStringUtf8(), null);
}
