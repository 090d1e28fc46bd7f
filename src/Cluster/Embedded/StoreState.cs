using System.Collections.Immutable;

namespace Weft.Cluster.Embedded;

/// <summary>
/// What an embedded store is: entries, leases, and the last changes for those who watch. Pure: the time is handed in, nothing is written anywhere. A
/// change is first planned, which alters nothing, and then applied, so that a file can be written in between.
/// </summary>
internal sealed class StoreState
{
    private readonly int _history;
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoreEntry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<StoreChanges> _recent = new();
    private readonly Dictionary<long, Lease> _leases = [];
    private readonly PriorityQueue<(long Id, long Due), long> _due = new();

    public StoreState(int history) => _history = history;

    public long Revision { get; private set; }

    /// <summary>The last revision whose changes are forgotten.</summary>
    public long Compacted { get; private set; }

    public StoreSnapshot Read(string prefix)
    {
        ImmutableSortedDictionary<string, StoreEntry>.Builder found = StoreSnapshot.Empty.Entries.ToBuilder();
        // A view whose bounds are the wrong way round is refused, so a prefix behind all keys is asked for first.
        if (_keys.Max is { } last && string.CompareOrdinal(prefix, last) <= 0)
        {
            foreach (string key in _keys.GetViewBetween(prefix, last).TakeWhile(key => key.StartsWith(prefix, StringComparison.Ordinal)))
            {
                found.Add(key, _entries[key]);
            }
        }

        return new StoreSnapshot(Revision, found.ToImmutable());
    }

    /// <summary>Judges the conditions.</summary>
    /// <returns>The writes with their revisions; null if a condition does not hold.</returns>
    public Wire.Commit? Plan(StoreTransaction transaction)
    {
        if (!transaction.Conditions.All(Holds))
        {
            return null;
        }

        long revision = Revision + 1;
        var commit = new Wire.Commit { Revision = revision };
        foreach (StoreWrite write in transaction.Writes)
        {
            if (write.Value is null)
            {
                if (_entries.ContainsKey(write.Key))
                {
                    commit.Writes.Add(new Wire.Write { Key = write.Key });
                }
            }
            else if (write.LeaseId != 0 && !_leases.ContainsKey(write.LeaseId))
            {
                throw new StoreRefusedException($"the lease {write.LeaseId:x} does not exist");
            }
            else
            {
                commit.Writes.Add(new Wire.Write
                {
                    Key = write.Key,
                    Value = Google.Protobuf.ByteString.CopyFrom(write.Value),
                    Lease = write.LeaseId,
                    CreateRevision = _entries.TryGetValue(write.Key, out StoreEntry? old) ? old.CreateRevision : revision,
                    ModRevision = revision,
                });
            }
        }

        return commit;
    }

    public IReadOnlyList<StoreEntry> Found(StoreTransaction transaction) =>
        [.. transaction.Conditions.Select(condition => condition.Key).Distinct(StringComparer.Ordinal).Where(_entries.ContainsKey).Select(key => _entries[key])];

    public void Apply(Wire.Commit commit)
    {
        // A commit that removed nothing is none: revisions count changes.
        if (commit.Writes.Count == 0)
        {
            return;
        }

        Revision = commit.Revision;
        var changes = new List<StoreChange>(commit.Writes.Count);
        foreach (Wire.Write write in commit.Writes)
        {
            changes.Add(new StoreChange(write.Key, Set(write)));
        }

        _recent.Enqueue(new StoreChanges(Revision, changes));
        if (_recent.Count > _history)
        {
            Compacted = _recent.Dequeue().Revision;
        }
    }

    /// <summary>Takes a whole state over from an image.</summary>
    public void Apply(Wire.Image image, long now)
    {
        Revision = image.Revision;
        Compacted = image.Revision;
        foreach (Wire.LeaseGrant lease in image.Leases)
        {
            Apply(lease, now);
        }

        foreach (Wire.Write entry in image.Entries)
        {
            Set(entry);
        }
    }

    public Wire.Image Image(long lastLease)
    {
        var image = new Wire.Image { Revision = Revision, LastLease = lastLease };
        image.Leases.AddRange(_leases.Select(lease => new Wire.LeaseGrant { Id = lease.Key, Milliseconds = lease.Value.Milliseconds }));
        image.Entries.AddRange(_entries.Values.Select(entry => new Wire.Write
        {
            Key = entry.Key,
            Value = Google.Protobuf.ByteString.CopyFrom(entry.Value.Span),
            Lease = entry.LeaseId,
            CreateRevision = entry.CreateRevision,
            ModRevision = entry.ModRevision,
        }));
        return image;
    }

    /// <summary>A lease begins, or begins again as after a restart, when nobody knows how much of its time had passed.</summary>
    public void Apply(Wire.LeaseGrant grant, long now)
    {
        _leases[grant.Id] = new Lease(grant.Milliseconds) { Due = now + grant.Milliseconds };
        _due.Enqueue((grant.Id, now + grant.Milliseconds), now + grant.Milliseconds);
    }

    public bool HasLease(long id) => _leases.ContainsKey(id);

    /// <summary>Starts a lease's time again.</summary>
    /// <returns>Its time in milliseconds; null if it is gone or its time was up.</returns>
    public long? KeepAlive(long id, long now)
    {
        if (!_leases.TryGetValue(id, out Lease? lease) || lease.Due <= now)
        {
            return null;
        }

        lease.Due = now + lease.Milliseconds;
        _due.Enqueue((id, lease.Due), lease.Due);
        return lease.Milliseconds;
    }

    /// <summary>The next moment at which a lease may end; null if there is none.</summary>
    public long? NextDue()
    {
        // A lease that was kept alive has left its old moments in the queue.
        while (_due.TryPeek(out (long Id, long Due) next, out _))
        {
            if (_leases.TryGetValue(next.Id, out Lease? lease) && lease.Due == next.Due)
            {
                return next.Due;
            }

            _due.Dequeue();
        }

        return null;
    }

    /// <summary>The lease whose time is up first; null if none is due.</summary>
    public long? Expired(long now) => NextDue() <= now ? _due.Peek().Id : null;

    /// <summary>What the end of a lease does.</summary>
    public Wire.LeaseEnd PlanEnd(long id)
    {
        var commit = new Wire.Commit { Revision = Revision + 1 };
        commit.Writes.AddRange(_leases[id].Keys.Order(StringComparer.Ordinal).Select(key => new Wire.Write { Key = key }));
        return new Wire.LeaseEnd { Id = id, Commit = commit };
    }

    public void Apply(Wire.LeaseEnd end)
    {
        Apply(end.Commit);
        _leases.Remove(end.Id);
    }

    /// <summary>Adds what happened from a revision on under a prefix.</summary>
    /// <returns>False if that is forgotten.</returns>
    public bool TryReplay(string prefix, long fromRevision, List<StoreChanges> into)
    {
        if (fromRevision <= Compacted)
        {
            return false;
        }

        // Newest revisions are at the end and few are missing as a rule, but a queue is read from its start: revisions have no gaps, so skipping is counting.
        foreach (StoreChanges changes in _recent.Skip((int)Math.Max(0, fromRevision - Compacted - 1)))
        {
            into.Add(new StoreChanges(changes.Revision, [.. changes.Changes.Where(change => change.Key.StartsWith(prefix, StringComparison.Ordinal))]));
        }

        return true;
    }

    private bool Holds(StoreCondition condition) => _entries.TryGetValue(condition.Key, out StoreEntry? entry)
        ? condition.Revision == (condition.ByCreation ? entry.CreateRevision : entry.ModRevision)
        : condition is { ByCreation: true, Revision: 0 };

    private StoreEntry? Set(Wire.Write write)
    {
        if (_entries.TryGetValue(write.Key, out StoreEntry? old) && _leases.TryGetValue(old.LeaseId, out Lease? former))
        {
            former.Keys.Remove(write.Key);
        }

        if (!write.HasValue)
        {
            _entries.Remove(write.Key);
            _keys.Remove(write.Key);
            return null;
        }

        var entry = new StoreEntry(write.Key, write.Value.Memory, write.CreateRevision, write.ModRevision, write.Lease);
        _entries[write.Key] = entry;
        _keys.Add(write.Key);
        if (_leases.TryGetValue(write.Lease, out Lease? lease))
        {
            lease.Keys.Add(write.Key);
        }

        return entry;
    }

    private sealed class Lease(long milliseconds)
    {
        public long Milliseconds { get; } = milliseconds;

        public long Due { get; set; }

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);
    }
}
