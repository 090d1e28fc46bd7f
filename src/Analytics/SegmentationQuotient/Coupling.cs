namespace Weft.Analytics;

/// <summary>Whose quotients an attribute is made of.</summary>
public enum Coupling : byte
{
    /// <summary>The mean over the peers that are allowed to reach the entity, by the weight of their edges.</summary>
    MeanOfPeers,

    /// <summary>The worst peer that is allowed to reach the entity.</summary>
    MinOfPeers,

    /// <summary>The mean over the entities inside, by their size.</summary>
    MeanOfMembers,

    /// <summary>The entity around it.</summary>
    Container,
}
