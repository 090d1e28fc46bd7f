namespace Weft.Host.Config;

/// <summary>How a router carries DHCP between the machines of a segment and servers elsewhere.</summary>
public sealed record DhcpRelayPlan
{
    /// <summary>Servers of both families; each gets every request.</summary>
    public required IReadOnlyList<TunnelAddress> Servers { get; init; }

    /// <summary>IPv4 address of the router under which servers answer; null for that of the interface.</summary>
    public TunnelAddress? Source { get; init; }

    /// <summary>Whether option 82 says where a client is.</summary>
    public bool AddsInformation { get; init; } = true;

    /// <summary>Whether requests of other relays in the segment are relayed once more.</summary>
    public bool TrustsRelays { get; init; }

    /// <summary>Relays that a DHCPv4 request may have passed, 1 to 16.</summary>
    public int MaxHops { get; init; } = 4;

    /// <summary>Requests a second that are relayed, 1 to 100,000.</summary>
    public int PerSecond { get; init; } = 100;
}
