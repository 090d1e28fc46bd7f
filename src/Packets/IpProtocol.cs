namespace Weft.Packets;

/// <summary>Protocol and next-header numbers that Weft understands (IANA "Assigned Internet Protocol Numbers").</summary>
public enum IpProtocol : byte
{
    /// <summary>IPv6 hop-by-hop options (RFC 8200 section 4.3).</summary>
    HopByHop = 0,

    /// <summary>ICMP for IPv4 (RFC 792).</summary>
    Icmp = 1,

    /// <summary>IGMP (RFC 3376).</summary>
    Igmp = 2,

    /// <summary>IPv4 in IP (RFC 2003).</summary>
    IPv4 = 4,

    /// <summary>TCP (RFC 9293).</summary>
    Tcp = 6,

    /// <summary>UDP (RFC 768).</summary>
    Udp = 17,

    /// <summary>IPv6 in IP (RFC 2473).</summary>
    IPv6 = 41,

    /// <summary>IPv6 routing header (RFC 8200 section 4.4).</summary>
    Routing = 43,

    /// <summary>IPv6 fragment header (RFC 8200 section 4.5).</summary>
    Fragment = 44,

    /// <summary>GRE (RFC 2784).</summary>
    Gre = 47,

    /// <summary>Encapsulating security payload (RFC 4303).</summary>
    Esp = 50,

    /// <summary>Authentication header (RFC 4302).</summary>
    AuthenticationHeader = 51,

    /// <summary>ICMPv6 (RFC 4443).</summary>
    IcmpV6 = 58,

    /// <summary>No next header (RFC 8200 section 4.7).</summary>
    NoNext = 59,

    /// <summary>IPv6 destination options (RFC 8200 section 4.6).</summary>
    DestinationOptions = 60,

    /// <summary>VRRP (RFC 9568).</summary>
    Vrrp = 112,

    /// <summary>SCTP (RFC 9260).</summary>
    Sctp = 132,

    /// <summary>Mobility header (RFC 6275).</summary>
    Mobility = 135,

    /// <summary>Host identity protocol (RFC 7401).</summary>
    Hip = 139,

    /// <summary>Shim6 (RFC 5533).</summary>
    Shim6 = 140,
}
