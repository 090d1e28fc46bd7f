using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>The way from outside to hosts that share addresses by ports, at one router.</summary>
public sealed record NatGatewayPlan
{
    /// <summary>Name, shown in tables.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the router.</summary>
    public required int Router { get; init; }

    /// <summary>The shared addresses.</summary>
    public required IReadOnlyList<IPv4Address> Addresses { get; init; }

    /// <summary>The tunnel to the hosts.</summary>
    public required NatTunnelPlan Tunnel { get; init; }

    /// <summary>Whether owners are those that the cluster knows.</summary>
    public bool Learns { get; init; }

    /// <summary>Owners that were configured; null if there are none and the cluster or routes say where ports are.</summary>
    public IReadOnlyList<PortOwner>? Owners { get; init; }
}
