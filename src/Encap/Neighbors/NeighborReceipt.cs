namespace Weft.Encap;

/// <summary>What a frame meant to a <see cref="NeighborResolver"/>.</summary>
public enum NeighborReceipt : byte
{
    /// <summary>It is neither ARP nor neighbour discovery, or speaks of others.</summary>
    NotMine,

    /// <summary>It asked for the own address and was answered.</summary>
    Answered,

    /// <summary>It confirmed or changed a next hop.</summary>
    Updated,

    /// <summary>It was understood and changed nothing.</summary>
    Ignored,

    /// <summary>It is damaged or breaks a rule of RFC 826 or RFC 4861 section 7.1.</summary>
    Malformed,

    /// <summary>Somebody else uses the own address (RFC 5227 section 2.4).</summary>
    Conflict,
}
