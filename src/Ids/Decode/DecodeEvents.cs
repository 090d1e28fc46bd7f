namespace Weft.Ids;

/// <summary>What is odd or wrong about a packet's headers, as <c>decode-event</c> names it.</summary>
[Flags]
internal enum DecodeEvents
{
    None = 0,
    IPv4Truncated = 1 << 0,
    IPv4HeaderTooSmall = 1 << 1,
    IPv4LengthSmallerThanHeader = 1 << 2,
    IPv4WrongVersion = 1 << 3,
    IPv4OptionInvalidLength = 1 << 4,
    IPv4FragmentOverlap = 1 << 5,
    IPv4FragmentTooLarge = 1 << 6,
    IPv6Truncated = 1 << 7,
    IPv6TruncatedExtension = 1 << 8,
    IPv6DuplicateFragment = 1 << 9,
    IPv6UselessFragment = 1 << 10,
    IPv6UnknownDestinationOption = 1 << 11,
    IPv6FragmentInvalidLength = 1 << 12,
    IPv6FragmentTooLarge = 1 << 13,
    IPv6FragmentOverlap = 1 << 14,
    IPv6WrongVersion = 1 << 15,
    IPv4InIPv6WrongVersion = 1 << 16,
    TcpTooSmall = 1 << 17,
    TcpHeaderTooSmall = 1 << 18,
    TcpInvalidOptionLength = 1 << 19,
    TcpOptionInvalidLength = 1 << 20,
    TcpDuplicateOption = 1 << 21,
    UdpTooSmall = 1 << 22,
    UdpInvalidLength = 1 << 23,
    IcmpTooSmall = 1 << 24,
}

/// <summary>The names of decode events in rules.</summary>
internal static class DecodeEventNames
{
    // Of several names of one event the first is the one that is written.
    private static readonly (string Name, DecodeEvents Event)[] Known =
    [
        ("ipv4.trunc_pkt", DecodeEvents.IPv4Truncated),
        ("ipv4.pkt_too_small", DecodeEvents.IPv4Truncated),
        ("ipv4.hlen_too_small", DecodeEvents.IPv4HeaderTooSmall),
        ("ipv4.iplen_smaller_than_hlen", DecodeEvents.IPv4LengthSmallerThanHeader),
        ("ipv4.wrong_ip_version", DecodeEvents.IPv4WrongVersion),
        ("ipv4.opt_invalid_len", DecodeEvents.IPv4OptionInvalidLength),
        ("ipv4.frag_overlap", DecodeEvents.IPv4FragmentOverlap),
        ("ipv4.frag_pkt_too_large", DecodeEvents.IPv4FragmentTooLarge),
        ("ipv6.trunc_pkt", DecodeEvents.IPv6Truncated),
        ("ipv6.pkt_too_small", DecodeEvents.IPv6Truncated),
        ("ipv6.trunc_exthdr", DecodeEvents.IPv6TruncatedExtension),
        ("ipv6.exthdr_dupl_fh", DecodeEvents.IPv6DuplicateFragment),
        ("ipv6.exthdr_useless_fh", DecodeEvents.IPv6UselessFragment),
        ("ipv6.dstopts_unknown_opt", DecodeEvents.IPv6UnknownDestinationOption),
        ("ipv6.frag_invalid_length", DecodeEvents.IPv6FragmentInvalidLength),
        ("ipv6.frag_pkt_too_large", DecodeEvents.IPv6FragmentTooLarge),
        ("ipv6.frag_overlap", DecodeEvents.IPv6FragmentOverlap),
        ("ipv6.wrong_ip_version", DecodeEvents.IPv6WrongVersion),
        ("ipv6.ipv4_in_ipv6_wrong_version", DecodeEvents.IPv4InIPv6WrongVersion),
        ("tcp.pkt_too_small", DecodeEvents.TcpTooSmall),
        ("tcp.hlen_too_small", DecodeEvents.TcpHeaderTooSmall),
        ("tcp.invalid_optlen", DecodeEvents.TcpInvalidOptionLength),
        ("tcp.opt_invalid_len", DecodeEvents.TcpOptionInvalidLength),
        ("tcp.opt_duplicate", DecodeEvents.TcpDuplicateOption),
        ("udp.pkt_too_small", DecodeEvents.UdpTooSmall),
        ("udp.len_invalid", DecodeEvents.UdpInvalidLength),
        ("udp.hlen_invalid", DecodeEvents.UdpInvalidLength),
        ("icmpv4.pkt_too_small", DecodeEvents.IcmpTooSmall),
        ("icmpv6.pkt_too_small", DecodeEvents.IcmpTooSmall),
    ];

    public static bool TryParse(string name, out DecodeEvents found)
    {
        found = Array.Find(Known, known => known.Name == name).Event;
        return found != DecodeEvents.None;
    }

    public static string NameOf(DecodeEvents one) => Array.Find(Known, known => known.Event == one).Name;
}
