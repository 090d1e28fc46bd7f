namespace Weft.Analytics;

/// <summary>What a type's coupled attributes give together: the shares of each kind, and what they give when there are no such others.</summary>
internal readonly struct TypeCoupling
{
    public readonly double MeanOfPeers;
    public readonly double MeanOfPeersNeutral;
    public readonly double MinOfPeers;
    public readonly double MinOfPeersNeutral;
    public readonly double MeanOfMembers;
    public readonly double MeanOfMembersNeutral;
    public readonly double Container;
    public readonly double ContainerNeutral;

    /// <summary>Whether it is a mean over peers and nothing else.</summary>
    public readonly bool IsPlain;

    public TypeCoupling(IEnumerable<AttributeDefinition> attributes)
    {
        foreach (AttributeDefinition attribute in attributes)
        {
            double neutral = attribute.Share * attribute.Neutral;
            switch (attribute.Coupling)
            {
                case Coupling.MeanOfPeers:
                    MeanOfPeers += attribute.Share;
                    MeanOfPeersNeutral += neutral;
                    break;
                case Coupling.MinOfPeers:
                    MinOfPeers += attribute.Share;
                    MinOfPeersNeutral += neutral;
                    break;
                case Coupling.MeanOfMembers:
                    MeanOfMembers += attribute.Share;
                    MeanOfMembersNeutral += neutral;
                    break;
                case Coupling.Container:
                    Container += attribute.Share;
                    ContainerNeutral += neutral;
                    break;
                default:
                    break;
            }
        }

        IsPlain = MeanOfPeers != 0 && MinOfPeers == 0 && MeanOfMembers == 0 && Container == 0;
    }
}
