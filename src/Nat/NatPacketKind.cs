namespace Weft.Nat;

/// <summary>How a datagram names its flow.</summary>
internal enum NatPacketKind : byte
{
    /// <summary>By its ports, or by the identifier of an ICMP request.</summary>
    Flow,

    /// <summary>By the identifier of an ICMP reply, which is its receiver's.</summary>
    IcmpReply,

    /// <summary>By the datagram that it embeds.</summary>
    IcmpError,
}
