namespace Weft.Packets;

/// <summary>Types of ICMP for IPv4 (RFC 792 and the IANA registry "ICMP Type Numbers").</summary>
public enum IcmpType : byte
{
    /// <summary>Answer to an echo request.</summary>
    EchoReply = 0,

    /// <summary>Destination unreachable; code 4 asks for smaller datagrams (RFC 1191).</summary>
    DestinationUnreachable = 3,

    /// <summary>Source quench (deprecated by RFC 6633).</summary>
    SourceQuench = 4,

    /// <summary>Redirect.</summary>
    Redirect = 5,

    /// <summary>Echo request.</summary>
    EchoRequest = 8,

    /// <summary>Time exceeded.</summary>
    TimeExceeded = 11,

    /// <summary>Parameter problem.</summary>
    ParameterProblem = 12,

    /// <summary>Timestamp request.</summary>
    TimestampRequest = 13,

    /// <summary>Timestamp reply.</summary>
    TimestampReply = 14,
}
