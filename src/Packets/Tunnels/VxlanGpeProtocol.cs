namespace Weft.Packets;

/// <summary>What a VXLAN-GPE header carries (draft-ietf-nvo3-vxlan-gpe section 3.1).</summary>
public enum VxlanGpeProtocol : byte
{
    /// <summary>Nothing was named: the P flag is not set and the payload is an Ethernet frame as in VXLAN.</summary>
    None = 0,

    /// <summary>IPv4.</summary>
    IPv4 = 1,

    /// <summary>IPv6.</summary>
    IPv6 = 2,

    /// <summary>An Ethernet frame.</summary>
    Ethernet = 3,

    /// <summary>A network service header.</summary>
    Nsh = 4,
}
