using System.Text;
using Google.Protobuf;

namespace Weft.Cluster.Etcd;

/// <summary>Between the store's words and etcd's messages.</summary>
internal static class EtcdMessages
{
    /// <summary>The first key behind all that begin with a prefix.</summary>
    public static ByteString PrefixEnd(string prefix)
    {
        // The last byte of UTF-8 text is below 0xFF, so it can always be raised.
        byte[] end = Encoding.UTF8.GetBytes(prefix);
        end[^1]++;
        return ByteString.CopyFrom(end);
    }

    public static StoreEntry Entry(Wire.Entry entry) =>
        new(entry.Key.ToStringUtf8(), entry.Value.Memory, entry.CreateRevision, entry.ModRevision, entry.Lease);

    /// <summary>What a transaction that was refused found in place of what it expected.</summary>
    public static IEnumerable<StoreEntry> Entries(Wire.TransactionResponse answer) => answer.Results.SelectMany(result => result.Range?.Entries ?? []).Select(Entry);

    /// <summary>How long a lease lasts: never longer than the longest that can be asked for, whatever the member says.</summary>
    public static TimeSpan TimeOf(long seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, (long)StoreLeaseTime.Longest.TotalSeconds));

    public static Wire.TransactionRequest Request(StoreTransaction transaction)
    {
        var request = new Wire.TransactionRequest();
        foreach (StoreCondition condition in transaction.Conditions)
        {
            var key = ByteString.CopyFromUtf8(condition.Key);
            request.Compare.Add(condition.ByCreation
                ? new Wire.Comparison { Key = key, Target = Wire.Comparison.Types.Target.Create, CreateRevision = condition.Revision }
                : new Wire.Comparison { Key = key, Target = Wire.Comparison.Types.Target.Mod, ModRevision = condition.Revision });
        }

        foreach (string key in transaction.Conditions.Select(condition => condition.Key).Distinct(StringComparer.Ordinal))
        {
            request.Failure.Add(new Wire.Operation { Range = new Wire.RangeRequest { Key = ByteString.CopyFromUtf8(key) } });
        }

        foreach (StoreWrite write in transaction.Writes)
        {
            var key = ByteString.CopyFromUtf8(write.Key);
            request.Success.Add(write.Value is null
                ? new Wire.Operation { Delete = new Wire.DeleteRequest { Key = key } }
                : new Wire.Operation { Put = new Wire.PutRequest { Key = key, Value = ByteString.CopyFrom(write.Value), Lease = write.LeaseId } });
        }

        return request;
    }
}
