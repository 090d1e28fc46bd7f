using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>A virtual network at a host of the cluster.</summary>
/// <param name="Vni">The network.</param>
/// <param name="Address">Where its tunnel ends.</param>
/// <param name="Host">Name of the host.</param>
public sealed record ClusterEndpointSnapshot(uint Vni, TunnelAddress Address, string Host);
