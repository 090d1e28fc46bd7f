namespace Weft.Encap;

/// <summary>What became of an underlay frame that was offered to a tunnel endpoint.</summary>
/// <remarks><see cref="Decapsulated"/> delivers, <see cref="Fragment"/> is for a reassembler, <see cref="NotForMe"/> and <see cref="NotTunnel"/>
/// leave the frame to somebody else, all others drop it.</remarks>
public enum DecapVerdict : byte
{
    /// <summary>There is an inner frame.</summary>
    Decapsulated,

    /// <summary>Another host's: the MAC or IP address or the VLAN is not this endpoint's.</summary>
    NotForMe,

    /// <summary>For this endpoint's address, but not its UDP port: ARP, ICMP and the like.</summary>
    NotTunnel,

    /// <summary>The outer IP or UDP header is cut off or contradicts itself.</summary>
    OuterMalformed,

    /// <summary>The outer IPv4 header checksum is wrong (RFC 1122 section 3.2.1.2).</summary>
    OuterHeaderChecksum,

    /// <summary>A fragment of an outer packet; RFC 7348 section 4.3 lets receivers discard it.</summary>
    OuterFragment,

    /// <summary>The outer source is multicast, broadcast, loopback, unspecified or this endpoint itself.</summary>
    OuterSource,

    /// <summary>The UDP checksum is wrong.</summary>
    UdpChecksum,

    /// <summary>The UDP checksum is zero over IPv6 and not allowed to be (RFC 6936 section 4).</summary>
    UdpChecksumZero,

    /// <summary>The tunnel header or its options are cut off.</summary>
    TunnelTruncated,

    /// <summary>The I flag of VXLAN is clear: there is no VNI (RFC 7348 section 5).</summary>
    VniFlagMissing,

    /// <summary>A Geneve version other than 0 (RFC 8926 section 3.4).</summary>
    TunnelVersion,

    /// <summary>A Geneve option runs over the options' length (RFC 8926 section 3.5).</summary>
    OptionOverrun,

    /// <summary>A critical Geneve option that this endpoint does not know (RFC 8926 section 3.5.1).</summary>
    UnknownCriticalOption,

    /// <summary>A Geneve control packet, which must not be forwarded (RFC 8926 section 3.4).</summary>
    ControlPacket,

    /// <summary>The payload is no Ethernet frame.</summary>
    UnknownPayload,

    /// <summary>The inner frame is shorter than its Ethernet header and tags.</summary>
    InnerRunt,

    /// <summary>Congestion was marked outside a packet that cannot carry the mark (RFC 6040 section 4.2).</summary>
    CongestionDrop,

    /// <summary>There is a piece of an inner frame; give it to a <see cref="TunnelReassembler"/>.</summary>
    Fragment,

    /// <summary>The fragment option has another length or version, or is there twice.</summary>
    BadFragmentOption,
}
