using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>Tunnel protocol of an endpoint.</summary>
public enum TunnelKind
{
    /// <summary>VXLAN (RFC 7348), UDP port 4789.</summary>
    Vxlan,

    /// <summary>Geneve (RFC 8926), UDP port 6081.</summary>
    Geneve,
}

/// <summary>What goes into the UDP checksum field of outer headers.</summary>
public enum OuterChecksumPolicy
{
    /// <summary>Zero over IPv4, computed over IPv6 (RFC 768, RFC 8200 section 8.1). The default.</summary>
    Standard,

    /// <summary>Always computed.</summary>
    Always,

    /// <summary>Always zero; over IPv6 the operator vouches for the conditions of RFC 6936.</summary>
    Zero,
}

/// <summary>An IPv4 or IPv6 address of a tunnel endpoint.</summary>
public readonly record struct TunnelAddress
{
    /// <summary>An IPv4 endpoint.</summary>
    public TunnelAddress(IPv4Address address) => (IsIPv6, V4) = (false, address);

    /// <summary>An IPv6 endpoint.</summary>
    public TunnelAddress(IPv6Address address) => (IsIPv6, V6) = (true, address);

    /// <summary>Which of the two is meant.</summary>
    public bool IsIPv6 { get; }

    /// <summary>The IPv4 address.</summary>
    public IPv4Address V4 { get; }

    /// <summary>The IPv6 address.</summary>
    public IPv6Address V6 { get; }

    /// <inheritdoc/>
    public override string ToString() => IsIPv6 ? V6.ToString() : V4.ToString();
}

/// <summary>One validated tunnel endpoint.</summary>
public sealed record VtepPlan
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the underlay port.</summary>
    public required int Port { get; init; }

    /// <summary>Own address on the underlay.</summary>
    public required TunnelAddress Address { get; init; }

    /// <summary>Bits of the on-link prefix.</summary>
    public required int PrefixLength { get; init; }

    /// <summary>Next hop for peers outside the on-link prefix, or null.</summary>
    public required TunnelAddress? Gateway { get; init; }

    /// <summary>Own MAC address on the underlay.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Tunnel protocol.</summary>
    public required TunnelKind Kind { get; init; }

    /// <summary>Destination UDP port, 1 to 65535.</summary>
    public required ushort UdpPort { get; init; }

    /// <summary>First source port that flow entropy may pick.</summary>
    public required ushort SourcePortMin { get; init; }

    /// <summary>Last source port that flow entropy may pick.</summary>
    public required ushort SourcePortMax { get; init; }

    /// <summary>UDP checksum policy.</summary>
    public required OuterChecksumPolicy Checksum { get; init; }

    /// <summary>TTL or hop limit of outer headers, 1 to 255.</summary>
    public required byte Ttl { get; init; }

    /// <summary>Neighbours configured by hand: address to MAC; needed where the underlay is a capture that cannot answer ARP.</summary>
    public required IReadOnlyDictionary<TunnelAddress, MacAddress> StaticNeighbors { get; init; }
}
