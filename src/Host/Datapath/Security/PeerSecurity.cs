using Weft.Encap;

namespace Weft.Host.Datapath.Security;

/// <summary>The associations of one protected peer.</summary>
internal sealed class PeerSecurity(IReadOnlyList<OutboundAssociation> outbound, IReadOnlyList<InboundAssociation> inbound)
{
    public IReadOnlyList<OutboundAssociation> Outbound { get; } = outbound;

    public IReadOnlyList<InboundAssociation> Inbound { get; } = inbound;

    /// <summary>Chooses who seals: every association has a place, the first stands in for those that are finished.</summary>
    public SaSet Set { get; } = Fill(outbound);

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

    private static SaSet Fill(IReadOnlyList<OutboundAssociation> outbound)
    {
        var set = new SaSet(outbound[0].Sa, outbound.Count);
        for (int place = 0; place < outbound.Count; place++)
        {
            _ = set.Install(place, outbound[place].Sa);
        }

        return set;
    }
}
