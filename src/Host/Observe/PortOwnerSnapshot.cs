using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>Ports of a shared address, and whose they are.</summary>
/// <param name="Address">The shared address.</param>
/// <param name="First">The first port.</param>
/// <param name="Last">The last port.</param>
/// <param name="Host">The owner's end of the tunnel.</param>
/// <param name="Name">The owner's name in the cluster, with that of its NAT; null if it was configured.</param>
/// <param name="Lease">Number of the lease; a larger one is newer.</param>
public sealed record PortOwnerSnapshot(string Address, int First, int Last, TunnelAddress Host, string? Name, uint Lease);
