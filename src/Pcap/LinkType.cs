namespace Weft.Pcap;

/// <summary>
/// What the first byte of a captured packet belongs to: the LINKTYPE_ values of the tcpdump.org registry
/// (draft-ietf-opsawg-pcaplinktype). Values without a name here are read and written just as well.
/// </summary>
public enum LinkType : ushort
{
    /// <summary>BSD loopback: four bytes of address family in the capturing machine's byte order.</summary>
    Null = 0,

    /// <summary>Ethernet frames without preamble, as a rule without FCS.</summary>
    Ethernet = 1,

    /// <summary>PPP with an HDLC-like or bare protocol field.</summary>
    Ppp = 9,

    /// <summary>An IPv4 or IPv6 packet, told apart by its version field.</summary>
    Raw = 101,

    /// <summary>Cisco HDLC.</summary>
    CiscoHdlc = 104,

    /// <summary>IEEE 802.11 wireless LAN.</summary>
    Ieee80211 = 105,

    /// <summary>OpenBSD loopback: four bytes of address family in network byte order.</summary>
    Loop = 108,

    /// <summary>Linux "cooked" capture of the device "any", version 1.</summary>
    LinuxCooked = 113,

    /// <summary>IEEE 802.11 behind a radiotap header.</summary>
    Ieee80211Radiotap = 127,

    /// <summary>Reserved for private use, first of sixteen.</summary>
    User0 = 147,

    /// <summary>IPv4 packets.</summary>
    IPv4 = 228,

    /// <summary>IPv6 packets.</summary>
    IPv6 = 229,

    /// <summary>Linux netlink messages behind a cooked header.</summary>
    Netlink = 253,

    /// <summary>Linux "cooked" capture, version 2.</summary>
    LinuxCooked2 = 276,
}
