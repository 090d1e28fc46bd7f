using System.Runtime.CompilerServices;
using Google.Protobuf;
using Weft.Cluster.Etcd;
using Wire = Weft.Cluster.Etcd.Wire;

namespace Weft.Cluster;

/// <summary>A store in etcd 3.4 or later, over gRPC.</summary>
/// <remarks>
/// A read or a keep-alive is asked of one member after the other until one answers. A write is handed to a second member only if the first certainly did not
/// begin it; else its outcome is unknown and the caller is told. Revisions that go back, or another cluster behind the same
/// addresses, end the work of this object with <see cref="StoreReplacedException"/>.
/// </remarks>
public sealed class EtcdStore : IClusterStore
{
    private const int PageEntries = 5_000;

    private readonly EtcdOptions _options;
    private readonly GrpcChannel _channel;
    private readonly EtcdSighting _sighting;
    private readonly CancellationTokenSource _end = new();
    private int _preferred;
    private long _requests;
    private long _failures;
    private long _resumed;
    private DateTimeOffset? _lastAnswer;

    /// <summary>Makes the object; no member is asked yet.</summary>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    public EtcdStore(EtcdOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _channel = new GrpcChannel(options);
        _sighting = new EtcdSighting();
    }

    /// <inheritdoc/>
    public StoreStatus Status => new(
        "etcd", _lastAnswer is null ? "" : _options.Endpoints[_preferred].ToString(), _sighting.Revision, _lastAnswer, Interlocked.Read(ref _requests), Interlocked.Read(ref _failures),
        Interlocked.Read(ref _resumed));

    /// <inheritdoc/>
    public async Task<StoreSnapshot> ReadAsync(string prefix, CancellationToken cancellation = default)
    {
        StoreKey.Check(prefix);
        var entries = StoreSnapshot.Empty.Entries.ToBuilder();
        var request = new Wire.RangeRequest { Key = ByteString.CopyFromUtf8(prefix), RangeEnd = EtcdMessages.PrefixEnd(prefix), Limit = PageEntries };
        while (true)
        {
            // The first page's revision is asked for by all others, so that they fit together.
            Wire.RangeResponse page = await AskAsync("KV/Range", request, Wire.RangeResponse.Parser, answer => answer.Header, repeatable: true, cancellation).ConfigureAwait(false);
            request.Revision = request.Revision == 0 ? page.Header.Revision : request.Revision;
            foreach (Wire.Entry entry in page.Entries)
            {
                StoreEntry read = EtcdMessages.Entry(entry);
                entries[read.Key] = read;
            }

            if (!page.More || page.Entries.Count == 0)
            {
                return new StoreSnapshot(request.Revision, entries.ToImmutable());
            }

            request.Key = ByteString.CopyFrom([.. page.Entries[^1].Key.Span, 0]);
        }
    }

    /// <inheritdoc/>
    public async Task<CommitResult> CommitAsync(StoreTransaction transaction, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        transaction.Validate();
        Wire.TransactionResponse answer = await AskAsync(
            "KV/Txn", EtcdMessages.Request(transaction), Wire.TransactionResponse.Parser, answer => answer.Header, repeatable: false, cancellation).ConfigureAwait(false);
        return new CommitResult(
            answer.Succeeded, answer.Header.Revision, answer.Succeeded ? [] : [.. EtcdMessages.Entries(answer)]);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreChanges> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        StoreKey.Check(prefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(fromRevision, 1);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _end.Token);
        var watch = new EtcdWatch(prefix, fromRevision);
        try
        {
            while (true)
            {
                StoreChanges? changes = await NextAsync(watch, either.Token).ConfigureAwait(false);
                if (changes is not null)
                {
                    yield return changes;
                }
            }
        }
        finally
        {
            watch.Close();
        }
    }

    /// <inheritdoc/>
    public async Task<StoreLease> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellation = default)
    {
        StoreLeaseTime.Check(timeToLive);
        // A grant whose answer was lost leaves a lease that nobody keeps alive: it ends by itself, so asking again harms nothing.
        var request = new Wire.LeaseGrantRequest { Seconds = (long)Math.Ceiling(timeToLive.TotalSeconds) };
        Wire.LeaseGrantResponse answer = await AskAsync("Lease/LeaseGrant", request, Wire.LeaseGrantResponse.Parser, answer => answer.Header, repeatable: true, cancellation).ConfigureAwait(false);
        return answer.Id != 0 && answer.Seconds > 0
            ? new StoreLease(answer.Id, EtcdMessages.TimeOf(answer.Seconds))
            : throw new StoreRefusedException($"no lease was granted: {answer.Error}");
    }

    /// <inheritdoc/>
    public async Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellation = default)
    {
        Wire.LeaseKeepAliveResponse answer = await AskAsync(
            "Lease/LeaseKeepAlive", new Wire.LeaseRequest { Id = leaseId }, Wire.LeaseKeepAliveResponse.Parser, answer => answer.Header, repeatable: true, cancellation).ConfigureAwait(false);
        // For a lease that is gone etcd answers with success and no time.
        return answer.Seconds > 0 ? EtcdMessages.TimeOf(answer.Seconds) : null;
    }

    /// <inheritdoc/>
    public async Task RevokeLeaseAsync(long leaseId, CancellationToken cancellation = default)
    {
        try
        {
            await AskAsync("Lease/LeaseRevoke", new Wire.LeaseRequest { Id = leaseId }, Wire.LeaseResponse.Parser, answer => answer.Header, repeatable: true, cancellation).ConfigureAwait(false);
        }
        catch (StoreRefusedException refused) when (refused.Message.Contains("lease not found", StringComparison.Ordinal))
        {
            // It ended by itself, or by an earlier attempt whose answer was lost.
        }
    }

    /// <summary>Closes the connections and ends all watches.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        _channel.Dispose();
    }

    private async Task<T> AskAsync<T>(
        string method, IMessage request, MessageParser<T> parser, Func<T, Wire.Header> header, bool repeatable, CancellationToken cancellation) where T : class, IMessage<T>
    {
        Exception? last = null;
        for (int attempt = 0; attempt < _options.Endpoints.Count; attempt++)
        {
            int member = (Volatile.Read(ref _preferred) + (attempt == 0 ? 0 : 1)) % _options.Endpoints.Count;
            Volatile.Write(ref _preferred, member);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _end.Token);
            limit.CancelAfter(_options.AttemptTimeout);
            long seen = _sighting.Revision;
            try
            {
                T answer = await _channel.CallAsync(_options.Endpoints[member], "/etcdserverpb." + method, request, parser, limit.Token).ConfigureAwait(false);
                _sighting.Check(header(answer), seen);
                Interlocked.Increment(ref _requests);
                _lastAnswer = _options.TimeProvider.GetUtcNow();
                return answer;
            }
            catch (GrpcStatusException refused) when (!refused.IsPassing)
            {
                throw new StoreRefusedException($"{_options.Endpoints[member]}: {refused.Message}");
            }
            catch (Exception failure) when (IsFailureOfMember(failure) && !cancellation.IsCancellationRequested)
            {
                ObjectDisposedException.ThrowIf(_end.IsCancellationRequested, this);
                Interlocked.Increment(ref _failures);
                last = failure;
                if (!repeatable && !NeverBegan(failure))
                {
                    Volatile.Write(ref _preferred, (member + 1) % _options.Endpoints.Count);
                    throw new StoreUnavailableException($"{_options.Endpoints[member]} did not say what became of a write: {failure.Message}", outcomeUnknown: true, failure);
                }
            }
        }

        throw new StoreUnavailableException($"none of {_options.Endpoints.Count} members answered; the last one: {last?.Message}", outcomeUnknown: false, last);
    }

    /// <summary>The next changes of a watch; null if there is nothing to tell yet, as after a connection was lost.</summary>
    private async Task<StoreChanges?> NextAsync(EtcdWatch watch, CancellationToken cancellation)
    {
        try
        {
            if (!watch.IsOpen)
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                limit.CancelAfter(_options.AttemptTimeout);
                await watch.OpenAsync(_channel, _options.Endpoints[Volatile.Read(ref _preferred)], limit.Token).ConfigureAwait(false);
            }

            Wire.WatchResponse? message = await watch.ReadAsync(cancellation).ConfigureAwait(false);
            if (message is not null)
            {
                _sighting.Check(message.Header, 0);
                return watch.Take(message);
            }
        }
        catch (Exception failure) when (IsFailureOfMember(failure) && !cancellation.IsCancellationRequested)
        {
            Interlocked.Increment(ref _failures);
        }

        ObjectDisposedException.ThrowIf(_end.IsCancellationRequested, this);
        cancellation.ThrowIfCancellationRequested();
        watch.Close();
        Interlocked.Increment(ref _resumed);
        Volatile.Write(ref _preferred, (Volatile.Read(ref _preferred) + 1) % _options.Endpoints.Count);
        await Task.Delay(watch.NextPause(), _options.TimeProvider, cancellation).ConfigureAwait(false);
        return null;
    }

    internal static bool IsFailureOfMember(Exception failure) =>
        failure is HttpRequestException or IOException or InvalidDataException or OperationCanceledException or InvalidProtocolBufferException or GrpcStatusException;

    private static bool NeverBegan(Exception failure) => failure switch
    {
        HttpRequestException http => http.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        GrpcStatusException status => status.IsWithoutLeader,
        _ => false,
    };
}
