namespace Weft.Packets;

/// <summary>Types of ICMPv6 (RFC 4443, RFC 4861, RFC 2710, RFC 9777 and the IANA registry).</summary>
public enum IcmpV6Type : byte
{
    /// <summary>Destination unreachable.</summary>
    DestinationUnreachable = 1,

    /// <summary>Packet too big: the second word is the MTU.</summary>
    PacketTooBig = 2,

    /// <summary>Time exceeded.</summary>
    TimeExceeded = 3,

    /// <summary>Parameter problem.</summary>
    ParameterProblem = 4,

    /// <summary>Echo request.</summary>
    EchoRequest = 128,

    /// <summary>Answer to an echo request.</summary>
    EchoReply = 129,

    /// <summary>Multicast listener query, MLD v1 and v2.</summary>
    MulticastListenerQuery = 130,

    /// <summary>Multicast listener report, MLD v1.</summary>
    MulticastListenerReport = 131,

    /// <summary>Multicast listener done, MLD v1.</summary>
    MulticastListenerDone = 132,

    /// <summary>Router solicitation.</summary>
    RouterSolicitation = 133,

    /// <summary>Router advertisement.</summary>
    RouterAdvertisement = 134,

    /// <summary>Neighbour solicitation: IPv6's ARP request.</summary>
    NeighborSolicitation = 135,

    /// <summary>Neighbour advertisement: IPv6's ARP reply.</summary>
    NeighborAdvertisement = 136,

    /// <summary>Redirect.</summary>
    Redirect = 137,

    /// <summary>Multicast listener report, MLD v2.</summary>
    MulticastListenerReportV2 = 143,
}
