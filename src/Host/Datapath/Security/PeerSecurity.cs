using Weft.Encap;

namespace Weft.Host.Datapath.Security;

/// <summary>The associations of one protected peer.</summary>
internal sealed class PeerSecurity(IReadOnlyList<OutboundAssociation> outbound, IReadOnlyList<InboundAssociation> inbound, int workers)
{
    private readonly SaSet?[] _sets = [.. Enumerable.Range(0, workers).Select(worker => Fill([.. outbound.Where((_, place) => place % workers == worker)]))];

    public IReadOnlyList<OutboundAssociation> Outbound { get; } = outbound;

    public IReadOnlyList<InboundAssociation> Inbound { get; } = inbound;

    /// <summary>
    /// Chooses which of a worker's own associations seals (RFC 9611 section 3): every one has a place, the first stands in for those that are
    /// finished. Null for a worker that has none because there are fewer than workers.
    /// </summary>
    public SaSet? SetOf(int worker) => _sets[worker];

    /// <summary>The worker whose associations seal a flow for those that have none.</summary>
    public int WorkerOf(uint flowHash) => (int)((ulong)flowHash * (uint)Math.Min(workers, Outbound.Count) >> 32);

    /// <summary>The worker that an association belongs to.</summary>
    public int WorkerOf(OutboundAssociation association) => Outbound.Index().First(known => ReferenceEquals(known.Item, association)).Index % workers;

    /// <summary>Takes more sequence numbers for an association that has none left.</summary>
    /// <returns>True if there are more now.</returns>
    public bool TryRenew(EspOutboundSa sa)
    {
        foreach (OutboundAssociation association in Outbound)
        {
            if (ReferenceEquals(association.Sa, sa))
            {
                return association.Lease?.Renew(sa) == true;
            }
        }

        return false;
    }

    private static SaSet? Fill(OutboundAssociation[] outbound)
    {
        if (outbound.Length == 0)
        {
            return null;
        }

        var set = new SaSet(outbound[0].Sa, outbound.Length);
        for (int place = 0; place < outbound.Length; place++)
        {
            _ = set.Install(place, outbound[place].Sa);
        }

        return set;
    }
}
