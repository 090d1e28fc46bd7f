namespace Weft.Packets;

/// <summary>What <see cref="PacketLayout"/> found in a frame.</summary>
[Flags]
public enum LayoutFlags : byte
{
    /// <summary>An Ethernet header only.</summary>
    None = 0,

    /// <summary>An IPv4 header.</summary>
    IPv4 = 1,

    /// <summary>An IPv6 header.</summary>
    IPv6 = 2,

    /// <summary>A transport header whose first bytes are whole.</summary>
    L4 = 4,

    /// <summary>A fragment of an IP datagram.</summary>
    Fragment = 8,

    /// <summary>A fragment that is not the first: there is no transport header in it.</summary>
    LaterFragment = 16,

    /// <summary>IPv4 options or IPv6 extension headers lie between the network and transport header.</summary>
    IpOptions = 32,
}
