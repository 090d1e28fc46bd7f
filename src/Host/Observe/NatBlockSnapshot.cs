namespace Weft.Host.Observe;

/// <summary>A block of ports.</summary>
/// <param name="Address">The shared address.</param>
/// <param name="First">The first port.</param>
/// <param name="Last">The last port.</param>
/// <param name="Free">Ports that are free for every protocol.</param>
/// <param name="Used">Ports in use, all protocols together.</param>
/// <param name="Resting">Ports that rest after their last use.</param>
/// <param name="IsDraining">Whether nothing new is mapped there.</param>
/// <param name="Lease">Number of the lease: a larger one is newer. 1 for a block of the configuration.</param>
public sealed record NatBlockSnapshot(string Address, int First, int Last, int Free, int Used, int Resting, bool IsDraining, uint Lease);
