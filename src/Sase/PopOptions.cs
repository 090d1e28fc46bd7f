using Weft.Packets;

namespace Weft.Sase;

/// <summary>What all gateways and nodes of a point of presence agree on.</summary>
public sealed record PopOptions
{
    /// <summary>Most gateways.</summary>
    public const int MaxGateways = 64;

    /// <summary>Most nodes.</summary>
    public const int MaxNodes = 64;

    /// <summary>Tunnel addresses of the gateways, 1 to <see cref="MaxGateways"/>; a gateway's number is its place.</summary>
    public required IReadOnlyList<IPv4Address> Gateways { get; init; }

    /// <summary>Tunnel addresses of the service nodes, 1 to <see cref="MaxNodes"/>; a node's number is its place.</summary>
    public required IReadOnlyList<IPv4Address> Nodes { get; init; }

    /// <summary>Encapsulation between them. Geneve by default.</summary>
    public ServiceEncapsulation Encapsulation { get; init; }

    /// <summary>Class of the Geneve options, of the experimental range 0xFFF0 to 0xFFFF (RFC 8926 section 9). Default 0xFFF5.</summary>
    public ushort OptionClass { get; init; } = 0xFFF5;

    /// <summary>MAC address of the tenants' routers, the same on every node.</summary>
    public MacAddress RouterMac { get; init; } = new(0x0253_4153_4501);

    /// <summary>MAC address of gateways towards the tenants' routers.</summary>
    public MacAddress GatewayMac { get; init; } = new(0x0253_4153_4502);

    /// <summary>Longest outer IP packet in bytes, 576 to 65535. Default 1500.</summary>
    public int MtuBytes { get; init; } = 1500;

    /// <summary>Placement bundles, 1 to 256: what moves as one when a node fails. Default 64.</summary>
    public int Bundles { get; init; } = 64;

    /// <summary>Bundles whose first node is to be a certain one; null if hashing decides for all (<see cref="Placement"/>).</summary>
    public IReadOnlyDictionary<int, int>? Pinned { get; init; }

    /// <summary>Time between two announcements of who owns what, 10 ms to 10 s. Default 100 ms.</summary>
    public TimeSpan AnnounceInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Secret of tables and of outer source ports; the members' seeds need not be equal.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>The UDP port of <see cref="Encapsulation"/>.</summary>
    public ushort TunnelPort => Encapsulation switch
    {
        ServiceEncapsulation.Geneve => GeneveHeader.Port,
        ServiceEncapsulation.Vxlan => VxlanHeader.Port,
        _ => VxlanGpeHeader.Port,
    };

    /// <summary>Octets that the tunnel puts in front of a tenant's IP packet, its own IP header included.</summary>
    public int Overhead => Tunnels.ServiceTunnel.OverheadOf(Encapsulation);

    internal void Validate()
    {
        Check(Gateways.Count, 1, MaxGateways, nameof(Gateways));
        Check(Nodes.Count, 1, MaxNodes, nameof(Nodes));
        Check(OptionClass, 0xFFF0, 0xFFFF, nameof(OptionClass));
        Check(MtuBytes, 576, 65_535, nameof(MtuBytes));
        Check(Bundles, 1, 256, nameof(Bundles));
        Check((long)AnnounceInterval.TotalMilliseconds, 10, 10_000, nameof(AnnounceInterval));
        if (Gateways.Concat(Nodes).Distinct().Count() != Gateways.Count + Nodes.Count)
        {
            throw new ArgumentException($"An address is there twice in {nameof(Gateways)} and {nameof(Nodes)}.");
        }

        if (!RouterMac.IsValidSource || !GatewayMac.IsValidSource || RouterMac == GatewayMac)
        {
            throw new ArgumentException($"{nameof(RouterMac)} and {nameof(GatewayMac)} must be two individual addresses.");
        }
    }

    internal static void Check(long value, long least, long most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {least} to {most}.");
        }
    }
}
