using System.Text;

namespace Weft.Cluster;

/// <summary>
/// Writes that are done together if what the writer read is still so: <c>new StoreTransaction().IfAbsent(a).Put(a, value)</c>. A transaction must
/// state at least one condition, because a write that looks at nothing overwrites what another host just decided.
/// </summary>
/// <remarks>Limits, those of etcd's defaults: 128 conditions, 128 writes, every key written once, 1 MiB in all. Not safe for several threads at a time.</remarks>
public sealed class StoreTransaction
{
    /// <summary>Most conditions, and most writes, of one transaction.</summary>
    public const int MaxOperations = 128;

    /// <summary>Most bytes of keys and values of one transaction; etcd refuses requests above 1.5 MiB, framing included.</summary>
    public const int MaxBytes = 1 << 20;

    private readonly List<StoreCondition> _conditions = [];
    private readonly List<StoreWrite> _writes = [];
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);
    private int _bytes;

    internal IReadOnlyList<StoreCondition> Conditions => _conditions;

    internal IReadOnlyList<StoreWrite> Writes => _writes;

    /// <summary>Requires that a key does not exist.</summary>
    public StoreTransaction IfAbsent(string key) => Require(new StoreCondition(StoreKey.Check(key), 0, ByCreation: true));

    /// <summary>Requires that a key was last written by the given commit.</summary>
    /// <param name="key">The key.</param>
    /// <param name="modRevision">The <see cref="StoreEntry.ModRevision"/> that was read; from 1.</param>
    public StoreTransaction IfUnchanged(string key, long modRevision)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(modRevision, 1);
        return Require(new StoreCondition(StoreKey.Check(key), modRevision, ByCreation: false));
    }

    /// <summary>Requires that an entry is as it was read.</summary>
    public StoreTransaction IfUnchanged(StoreEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return IfUnchanged(entry.Key, entry.ModRevision);
    }

    /// <summary>Requires that a key exists without a break since the given commit, whatever was written to it since.</summary>
    /// <param name="key">The key.</param>
    /// <param name="createRevision">The <see cref="StoreEntry.CreateRevision"/> that was read; from 1.</param>
    public StoreTransaction IfStillThere(string key, long createRevision)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(createRevision, 1);
        return Require(new StoreCondition(StoreKey.Check(key), createRevision, ByCreation: true));
    }

    /// <summary>Writes a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; copied.</param>
    /// <param name="leaseId">The lease that the key vanishes with; zero for none.</param>
    public StoreTransaction Put(string key, ReadOnlySpan<byte> value, long leaseId = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leaseId);
        return Write(new StoreWrite(StoreKey.Check(key), value.ToArray(), leaseId));
    }

    /// <summary>Writes a key with a text, as UTF-8.</summary>
    public StoreTransaction Put(string key, string value, long leaseId = 0) => Put(key, Encoding.UTF8.GetBytes(value), leaseId);

    /// <summary>Removes a key; if it does not exist nothing happens.</summary>
    public StoreTransaction Delete(string key) => Write(new StoreWrite(StoreKey.Check(key), null, 0));

    /// <summary>Refuses what must not be sent.</summary>
    internal void Validate()
    {
        if (_writes.Count == 0 || _conditions.Count == 0)
        {
            throw new ArgumentException("a transaction states at least one condition and at least one write");
        }
    }

    private StoreTransaction Require(StoreCondition condition)
    {
        Reserve(_conditions.Count, Encoding.UTF8.GetByteCount(condition.Key), "conditions");
        _conditions.Add(condition);
        return this;
    }

    private StoreTransaction Write(StoreWrite write)
    {
        Reserve(_writes.Count, Encoding.UTF8.GetByteCount(write.Key) + (write.Value?.Length ?? 0), "writes");
        if (!_written.Add(write.Key))
        {
            throw new ArgumentException($"a transaction writes a key once, and {write.Key} is written already");
        }

        _writes.Add(write);
        return this;
    }

    private void Reserve(int count, int bytes, string what)
    {
        if (count == MaxOperations)
        {
            throw new ArgumentException($"a transaction has at most {MaxOperations} {what}");
        }

        if (_bytes + bytes > MaxBytes)
        {
            throw new ArgumentException($"a transaction has at most {MaxBytes} bytes of keys and values");
        }

        _bytes += bytes;
    }
}
