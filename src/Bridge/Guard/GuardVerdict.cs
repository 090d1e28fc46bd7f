namespace Weft.Bridge;

/// <summary>What an <see cref="AccessGuard"/> says about a frame.</summary>
public enum GuardVerdict : byte
{
    /// <summary>It may pass.</summary>
    Pass,

    /// <summary>A message of a DHCP server came from a port that may have none.</summary>
    DhcpServer,

    /// <summary>A client's DHCP message is damaged, speaks for another machine, or pretends to come from a relay.</summary>
    DhcpClient,

    /// <summary>More DHCP messages than the port may send.</summary>
    DhcpRate,

    /// <summary>The IP source belongs to somebody else or to nobody.</summary>
    Source,

    /// <summary>An ARP message or a neighbour advertisement claims an address that belongs to somebody else or to nobody.</summary>
    Neighbor,

    /// <summary>A router advertisement came from a port that may have no router (RFC 6105).</summary>
    Router,
}
