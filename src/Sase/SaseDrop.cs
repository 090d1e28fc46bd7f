namespace Weft.Sase;

/// <summary>Why a packet goes no further.</summary>
public enum SaseDrop : byte
{
    /// <summary>It does.</summary>
    None,

    /// <summary>The outer IP or UDP header is cut off or contradicts itself.</summary>
    OuterMalformed,

    /// <summary>The outer IPv4 header or the UDP datagram does not add up.</summary>
    OuterChecksum,

    /// <summary>A fragment of an outer packet.</summary>
    OuterFragment,

    /// <summary>Not for this end's address or port.</summary>
    NotLocalVtep,

    /// <summary>From this end's own address: a loop or a forgery.</summary>
    OwnSource,

    /// <summary>From an address that is no gateway's and no node's.</summary>
    UnknownVtep,

    /// <summary>A version of the tunnel header other than 0 (RFC 8926 section 3.4), or no valid VNI (RFC 7348 section 5).</summary>
    BadVersion,

    /// <summary>Options that are cut off, do not add up (RFC 8926 section 3.5), or say the same thing twice.</summary>
    BadOptions,

    /// <summary>A critical option that is not known (RFC 8926 section 3.5.1).</summary>
    UnknownCriticalOption,

    /// <summary>A control packet (O bit), which is never a tenant's.</summary>
    Control,

    /// <summary>What the tunnel carries is no Ethernet frame.</summary>
    UnknownPayload,

    /// <summary>A virtual network that is not configured.</summary>
    UnknownVni,

    /// <summary>A gateway that may not speak for this tenant.</summary>
    VtepNotAllowed,

    /// <summary>The network service header is damaged or of an unknown type (RFC 8300 section 2).</summary>
    NshMalformed,

    /// <summary>The network service header has no hops left (RFC 8300 section 2.2).</summary>
    NshTtl,

    /// <summary>No such place on this service path (RFC 8300 section 2.3).</summary>
    NshPath,

    /// <summary>The congestion field of the tunnel says what the packet's cannot (RFC 6040 section 4.2).</summary>
    Congestion,

    /// <summary>A frame that is not for the tenant's router.</summary>
    NotRouterMac,

    /// <summary>The tenant's packet is cut off, damaged, or not IPv4.</summary>
    InnerMalformed,

    /// <summary>The tenant's packet comes from or goes to an address that none may (RFC 1812 section 5.3.7).</summary>
    InnerAddress,

    /// <summary>Its time to live ended.</summary>
    TtlExpired,

    /// <summary>It is longer than the tunnel takes and must not be fragmented.</summary>
    Mtu,

    /// <summary>There is no room in the buffer for what has to be put in front.</summary>
    NoHeadroom,

    /// <summary>The tenant's policy does not allow the flow.</summary>
    Policy,

    /// <summary>No route of the tenant leads there.</summary>
    NoRoute,

    /// <summary>No flow is known that it belongs to, and it cannot begin one.</summary>
    NoFlow,

    /// <summary>The table of flows is full.</summary>
    TableFull,

    /// <summary>The tenant has as many flows as it may have.</summary>
    Quota,

    /// <summary>No public port is free for the tenant.</summary>
    PortsExhausted,

    /// <summary>A protocol that cannot be translated.</summary>
    Unsupported,

    /// <summary>A fragment that cannot be held or whose datagram was refused.</summary>
    Fragment,

    /// <summary>An ICMP error that speaks of no flow, or is damaged.</summary>
    IcmpError,

    /// <summary>A service of the chain refused it.</summary>
    Service,

    /// <summary>This node does not own the bundle, and nobody is known who does.</summary>
    NotActive,

    /// <summary>It would begin a flow that the backup does not know of in time, and nothing may leave before that.</summary>
    Uncommitted,

    /// <summary>It comes from a node that is not the owner any more.</summary>
    StaleOwner,

    /// <summary>It was sent on by another node once already.</summary>
    RedirectedTwice,

    /// <summary>No node is alive that could take it.</summary>
    NoNode,
}
