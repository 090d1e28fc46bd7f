namespace Weft.Packets;

/// <summary>What a network service header carries (RFC 8300 section 2.2).</summary>
public enum NshNextProtocol : byte
{
    /// <summary>Nothing that has a number.</summary>
    None = 0,

    /// <summary>IPv4.</summary>
    IPv4 = 1,

    /// <summary>IPv6.</summary>
    IPv6 = 2,

    /// <summary>An Ethernet frame.</summary>
    Ethernet = 3,

    /// <summary>Another network service header.</summary>
    Nsh = 4,

    /// <summary>MPLS.</summary>
    Mpls = 5,
}
