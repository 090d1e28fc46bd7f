namespace Weft.Packets;

/// <summary>Whether an ICMP message asks or answers a query that carries an identifier.</summary>
internal enum IcmpQueryRole
{
    /// <summary>Neither: an error, neighbour discovery, multicast listener discovery.</summary>
    None,

    /// <summary>The identifier is the sender's.</summary>
    Request,

    /// <summary>The identifier is the receiver's.</summary>
    Reply,
}
