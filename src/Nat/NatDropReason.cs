namespace Weft.Nat;

/// <summary>Why a packet was dropped; one counter of <see cref="NatCounters"/> each.</summary>
public enum NatDropReason : byte
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>No whole IPv4 datagram: header, lengths.</summary>
    MalformedIPv4,

    /// <summary>A transport header that is damaged or cut off.</summary>
    MalformedTransport,

    /// <summary>A first fragment that ends within the transport header (RFC 1858), or one that reaches beyond 65,535 octets.</summary>
    MalformedFragment,

    /// <summary>A source or destination that no such packet can have: no forwarded packet, or none from outside, if it is a port of this host.</summary>
    BadAddress,

    /// <summary>A protocol that cannot be translated, or a fragment of SCTP whose port would have to change.</summary>
    UnknownProtocol,

    /// <summary>An ICMP message that is neither a query nor an error, or is a query that comes from the wrong side.</summary>
    UnsupportedIcmp,

    /// <summary>An ICMP error whose own checksum, or that of the embedded header, is wrong (RFC 5508 REQ-3), or that embeds another error.</summary>
    BadIcmpError,

    /// <summary>From outside, to a port of ours that nobody uses.</summary>
    NoMapping,

    /// <summary>From outside, by somebody to whom the machine has not sent.</summary>
    Filtered,

    /// <summary>TCP that does not begin with a SYN.</summary>
    NoConnection,

    /// <summary>No free port.</summary>
    PortsExhausted,

    /// <summary>The machine has as many mappings or sessions as it may have.</summary>
    QuotaExceeded,

    /// <summary>The table of entries or machines is full.</summary>
    TableFull,

    /// <summary>The tables of fragments are full.</summary>
    FragmentsFull,

    /// <summary>The first fragment of the datagram was dropped.</summary>
    FragmentOfDropped,

    /// <summary>It was redirected once already.</summary>
    RedirectedTwice,
}
