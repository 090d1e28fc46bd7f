using Weft.Packets;

namespace Weft.Bridge;

/// <summary>What an <see cref="AccessGuard"/> grants a port.</summary>
public sealed record GuardPortOptions
{
    /// <summary>VLAN of untagged frames; 0 if there is none.</summary>
    public ushort Pvid { get; init; }

    /// <summary>Whether clients' DHCP messages are checked and remembered, and servers and routers are refused.</summary>
    public bool Snoops { get; init; }

    /// <summary>Whether the port's machines may use bound addresses alone.</summary>
    public bool ChecksSources { get; init; }

    /// <summary>DHCP messages a second, 1 to 10,000, as many at once; of a port that snoops.</summary>
    public int DhcpPerSecond { get; init; } = 15;

    /// <summary>IPv4 addresses that any machine behind the port may use.</summary>
    public IReadOnlyList<IPv4Address> Addresses4 { get; init; } = [];

    /// <summary>IPv6 addresses that any machine behind the port may use.</summary>
    public IReadOnlyList<IPv6Address> Addresses6 { get; init; } = [];
}
