using Weft.Packets;

namespace Weft.Host.Config;

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

    /// <summary>Code point of outer headers, 0 to 63; null for that of the inner packet (RFC 2983).</summary>
    public byte? Dscp { get; init; } = 0;

    /// <summary>What becomes of the outer code point where a frame comes out of its tunnel.</summary>
    public Encap.DscpModel DscpModel { get; init; }

    /// <summary>Largest outer IP packet in bytes; null for the MTU of the port.</summary>
    public int? MtuBytes { get; init; }

    /// <summary>How it learns what paths carry.</summary>
    public PathMtuPlan PathMtu { get; init; } = new();

    /// <summary>What happens to frames that are too long for the underlay.</summary>
    public FragmentationPlan Fragmentation { get; init; } = new();

    /// <summary>Peers whose tunnel packets are sealed with ESP, and taken with ESP alone.</summary>
    public IReadOnlyList<SecurityPlan> Security { get; init; } = [];

    /// <summary>Neighbours configured by hand: address to MAC; needed where the underlay is a capture that cannot answer ARP.</summary>
    public required IReadOnlyDictionary<TunnelAddress, MacAddress> StaticNeighbors { get; init; }
}
