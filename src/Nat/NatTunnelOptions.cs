using Weft.Packets;

namespace Weft.Nat;

/// <summary>What a <see cref="NatTunnel"/> is made of.</summary>
public sealed record NatTunnelOptions
{
    /// <summary>Smallest <see cref="Mtu"/> (RFC 8200 section 5).</summary>
    public const int MinMtu = 1280;

    /// <summary>How shared addresses and ports become IPv6 addresses.</summary>
    public required DsnatAddressPlan Plan { get; init; }

    /// <summary>The address that packets are sent from, and that flows which moved here are sent to.</summary>
    public required IPv6Address Source { get; init; }

    /// <summary>
    /// Where the tunnel addresses of hosts are, and those of gateways are not: what comes from there was sent on by a host and is
    /// not sent on again.
    /// </summary>
    public required IPv6Prefix Hosts { get; init; }

    /// <summary>Hop limit of the outer header, 1 to 255; 64 by default (RFC 2473 section 6.3).</summary>
    public int HopLimit { get; init; } = 64;

    /// <summary>Octets of the largest outer packet, <see cref="MinMtu"/> to 65,535; 1,500 by default.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>The address that ICMP errors of the tunnel's entry come from; 192.0.0.1 by default.</summary>
    public IPv4Address RouterAddress { get; init; } = new(0xC000_0001);

    internal void Validate()
    {
        if (HopLimit is < 1 or > 255)
        {
            throw new ArgumentOutOfRangeException(nameof(HopLimit), HopLimit, $"{nameof(HopLimit)} must be 1 to 255.");
        }

        if (Mtu is < MinMtu or > ushort.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(Mtu), Mtu, $"{nameof(Mtu)} must be {MinMtu} to {ushort.MaxValue}.");
        }
    }
}
