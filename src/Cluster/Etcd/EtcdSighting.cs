namespace Weft.Cluster.Etcd;

/// <summary>What was seen of a cluster: who it is, and how far it was.</summary>
internal sealed class EtcdSighting
{
    private readonly Lock _gate = new();
    private ulong _cluster;

    /// <summary>The highest revision seen.</summary>
    public long Revision { get; private set; }

    /// <summary>Takes note of an answer.</summary>
    /// <param name="header">The head of the answer; null if it has none.</param>
    /// <param name="least">A revision that was seen before the question was asked; zero if the answer may lag behind.</param>
    /// <exception cref="StoreReplacedException">It is not the cluster of before.</exception>
    /// <exception cref="InvalidDataException">It says nothing of the cluster.</exception>
    public void Check(Wire.Header? header, long least)
    {
        if (header is null)
        {
            throw new InvalidDataException("the member's answer has no head");
        }

        lock (_gate)
        {
            if (_cluster != 0 && header.Cluster != _cluster)
            {
                throw new StoreReplacedException($"the cluster {_cluster:x} was replaced by {header.Cluster:x}");
            }

            if (header.Revision < least)
            {
                throw new StoreReplacedException($"revision {header.Revision} was answered after {least} had been seen: the cluster lost what it had acknowledged");
            }

            _cluster = header.Cluster;
            Revision = Math.Max(Revision, header.Revision);
        }
    }
}
