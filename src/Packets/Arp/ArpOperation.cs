namespace Weft.Packets;

/// <summary>Operations of ARP and RARP (RFC 826, RFC 903).</summary>
public enum ArpOperation : ushort
{
    /// <summary>Who has the target address? (RFC 826)</summary>
    Request = 1,

    /// <summary>The sender has it. (RFC 826)</summary>
    Reply = 2,

    /// <summary>Which IP address does the target MAC have? (RFC 903) Hypervisors announce a moved machine with it.</summary>
    ReverseRequest = 3,

    /// <summary>The answer to a reverse request (RFC 903).</summary>
    ReverseReply = 4,
}
