using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>Where a router takes part in a segment.</summary>
public sealed record RouterInterfacePlan
{
    /// <summary>Index of the segment.</summary>
    public required int Segment { get; init; }

    /// <summary>Its MAC address there.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Longest IP packet that it sends there, 576 to 65,535 bytes; 1,280 at least with an IPv6 address.</summary>
    public required int MtuBytes { get; init; }

    /// <summary>Its addresses, each in a network of its own.</summary>
    public required IReadOnlyList<NetworkAddress> Addresses { get; init; }

    /// <summary>Whether it believes source addresses.</summary>
    public ReversePathMode ReversePath { get; init; }

    /// <summary>For whom it answers ARP and neighbour solicitations beside itself.</summary>
    public ProxyMode Proxy { get; init; }

    /// <summary>How DHCP of the segment's machines is carried to servers; null if it is not.</summary>
    public DhcpRelayPlan? DhcpRelay { get; init; }

    /// <summary>Neighbours whose MAC addresses are known from the start and never asked for.</summary>
    public IReadOnlyDictionary<TunnelAddress, MacAddress> StaticNeighbors { get; init; } = new Dictionary<TunnelAddress, MacAddress>();
}
