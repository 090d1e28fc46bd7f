namespace Weft.Packets;

/// <summary>EtherTypes that Weft understands (IEEE 802 numbers, IANA registry of the same name).</summary>
public enum EtherType : ushort
{
    /// <summary>Not an EtherType: an IEEE 802.3 length field of up to 1500, or nothing was parsed.</summary>
    None = 0,

    /// <summary>IPv4 (RFC 894).</summary>
    IPv4 = 0x0800,

    /// <summary>ARP (RFC 826).</summary>
    Arp = 0x0806,

    /// <summary>Transparent Ethernet bridging: an Ethernet frame inside Geneve, GRE or NSH (RFC 1701).</summary>
    TransparentEthernet = 0x6558,

    /// <summary>Reverse ARP (RFC 903), the frame that hypervisors announce moved machines with.</summary>
    Rarp = 0x8035,

    /// <summary>Customer VLAN tag (IEEE 802.1Q 9.5).</summary>
    VlanTag = 0x8100,

    /// <summary>IPv6 (RFC 2464).</summary>
    IPv6 = 0x86DD,

    /// <summary>Slow protocols: LACP and the like (IEEE 802.3 annex 57A).</summary>
    SlowProtocols = 0x8809,

    /// <summary>Service VLAN tag of a provider bridge, "QinQ" (IEEE 802.1ad).</summary>
    ServiceVlanTag = 0x88A8,

    /// <summary>Local experimental EtherType 1 (IEEE 802).</summary>
    Experimental1 = 0x88B5,

    /// <summary>Link layer discovery (IEEE 802.1AB).</summary>
    Lldp = 0x88CC,

    /// <summary>Network service header (RFC 8300 section 3).</summary>
    Nsh = 0x894F,
}
