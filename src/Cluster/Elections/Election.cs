namespace Weft.Cluster;

/// <summary>
/// One leader at a time among candidates that share a store, for work that two must never do together: an active bridge, a writer of tables.
/// </summary>
/// <remarks>
/// Two keys: <c>…/leader</c>, bound to the leader's lease, and <c>…/term</c>, which stays and says who led last and whether it resigned. Winning writes both in one
/// transaction. Cost of a planned change: one transaction and one watch event; of a crash: the lease time, and once more if <see cref="ElectionOptions.WaitOutPredecessor"/> is set.
/// </remarks>
public sealed class Election
{
    private readonly IClusterStore _store;
    private readonly ElectionOptions _options;

    /// <summary>Makes a candidate; nothing is asked of the store yet.</summary>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    public Election(IClusterStore store, ElectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _store = store;
        _options = options;
    }

    private string LeaderKey => _options.Key + "/leader";

    private string TermKey => _options.Key + "/term";

    /// <summary>Who leads, or led last; null if nobody ever did.</summary>
    public async Task<ElectionTerm?> ReadAsync(CancellationToken cancellation = default)
    {
        StoreSnapshot seen = await _store.ReadAsync(_options.Key + "/", cancellation).ConfigureAwait(false);
        return ClusterJson.Read<ElectionTerm>(seen[TermKey]) is { } term ? term with { IsHeld = seen[LeaderKey] is not null } : null;
    }

    /// <summary>Waits until this candidate has won. The answer says from when on it may act.</summary>
    /// <exception cref="StoreUnavailableException">The store was out of reach; campaign again.</exception>
    public async Task<Leadership> CampaignAsync(CancellationToken cancellation = default)
    {
        LeaseKeeper keeper = await LeaseKeeper.StartAsync(_store, _options.Lease, cancellation).ConfigureAwait(false);
        bool refused = false;
        try
        {
            while (true)
            {
                StoreSnapshot seen = await _store.ReadAsync(_options.Key + "/", cancellation).ConfigureAwait(false);
                if (keeper.Lost.IsCompleted || refused)
                {
                    await keeper.DisposeAsync().ConfigureAwait(false);
                    keeper = await LeaseKeeper.StartAsync(_store, _options.Lease, cancellation).ConfigureAwait(false);
                }

                if (seen[LeaderKey] is { } leader && leader.LeaseId != keeper.Lease.Id)
                {
                    await WaitForEndAsync(seen.Revision + 1, cancellation).ConfigureAwait(false);
                }
                else
                {
                    (Leadership? won, refused) = await TryWinAsync(seen, keeper, refused, cancellation).ConfigureAwait(false);
                    if (won is not null)
                    {
                        return won;
                    }
                }
            }
        }
        catch
        {
            await keeper.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <returns>The leadership if it was won, and whether the lease proved to be gone before its keeper knew.</returns>
    private async Task<(Leadership? Won, bool Refused)> TryWinAsync(StoreSnapshot seen, LeaseKeeper keeper, bool refusedBefore, CancellationToken cancellation)
    {
        ElectionTerm? last = ClusterJson.Read<ElectionTerm>(seen[TermKey]);
        if (seen[LeaderKey] is { } mine)
        {
            // Won by an attempt whose answer was lost. Who led before is not known any more, so it is waited for.
            return (new Leadership(_store, _options, keeper, last!, mine.CreateRevision, Since(predecessorResigned: false)), false);
        }

        var term = new ElectionTerm((last?.Number ?? 0) + 1, _options.Candidate, (long)keeper.Lease.TimeToLive.TotalMilliseconds, keeper.Lease.Id, Resigned: false);
        StoreTransaction transaction = new StoreTransaction().IfAbsent(LeaderKey)
            .Put(LeaderKey, _options.Candidate, keeper.Lease.Id)
            .Put(TermKey, ClusterJson.Write(term));
        transaction = seen[TermKey] is { } entry ? transaction.IfUnchanged(entry) : transaction.IfAbsent(TermKey);
        try
        {
            CommitResult result = await _store.CommitAsync(transaction, cancellation).ConfigureAwait(false);
            return (result.Succeeded ? new Leadership(_store, _options, keeper, term, result.Revision, Since(last?.Resigned ?? seen[TermKey] is null)) : null, false);
        }
        catch (StoreUnavailableException lost) when (lost.OutcomeUnknown)
        {
            return (null, false);
        }
        catch (StoreRefusedException) when (!refusedBefore)
        {
            return (null, true);
        }

        Packets.Timestamp Since(bool predecessorResigned) => _options.Lease.TimeProvider.Now()
            + (predecessorResigned || !_options.WaitOutPredecessor ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Max(last?.LeaseMilliseconds ?? 0, (long)keeper.Lease.TimeToLive.TotalMilliseconds)));
    }

    private async Task WaitForEndAsync(long fromRevision, CancellationToken cancellation)
    {
        try
        {
            await foreach (StoreChanges changes in _store.WatchAsync(LeaderKey, fromRevision, cancellation).ConfigureAwait(false))
            {
                if (changes.Changes.Any(change => change.Key == LeaderKey && change.Entry is null))
                {
                    return;
                }
            }
        }
        catch (RevisionCompactedException)
        {
            // What happened meanwhile is seen by reading again.
        }
    }
}
