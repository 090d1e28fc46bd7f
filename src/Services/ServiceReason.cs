namespace Weft.Services;

/// <summary>Why a packet did not go on. Each is counted.</summary>
public enum ServiceReason : byte
{
    /// <summary>It did.</summary>
    None,

    /// <summary>A service decided so.</summary>
    Policy,

    /// <summary>It does not fit its connection: outside the window, or no connection it could belong to (RFC 9293 section 3.4, RFC 5961).</summary>
    InvalidState,

    /// <summary>Its sender exceeds a rate.</summary>
    RateExceeded,

    /// <summary>A service has no place for what it would have to remember: no port, no backend, no share left.</summary>
    NoResource,

    /// <summary>A service would make it longer than there is room, or than <see cref="ServiceSetOptions.Mtu"/>.</summary>
    TooLong,

    /// <summary>It comes in clear from where packets must be encrypted (RFC 4301 section 5.2).</summary>
    Unprotected,

    /// <summary>It is not authentic, was seen before, or belongs to no security association (RFC 4303 section 3.4).</summary>
    Forged,

    /// <summary>The IP or transport header is damaged.</summary>
    Malformed,

    /// <summary>The machine has as many flows as it may have.</summary>
    FlowTableFull,

    /// <summary>The machine has as many flows as it may have that others opened and it has not answered.</summary>
    HalfOpenLimit,

    /// <summary>Its flow would be mistaken for another one, because a service gives both the same addresses and ports.</summary>
    FlowConflict,

    /// <summary>A fragment whose first fragment, which has the ports, has not been seen.</summary>
    FragmentUnknown,

    /// <summary>An ICMP error about a flow that nobody knows (RFC 5508 section 4, RFC 5927).</summary>
    ErrorUnknownFlow,

    /// <summary>A service it had to visit was quarantined after faults.</summary>
    ServiceQuarantined,

    /// <summary>A service failed with this very packet.</summary>
    ServiceFault,

    /// <summary>A service in another process is dead or behind, or died with the packet.</summary>
    ServiceUnavailable,

    /// <summary>A service used up the machine's share of time for this burst.</summary>
    BudgetExceeded,

    /// <summary>It came back from a service in another process under another service path, or not at its end (RFC 8300 sections 2.3 and 3).</summary>
    Misrouted,
}
