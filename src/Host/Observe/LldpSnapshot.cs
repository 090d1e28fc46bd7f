using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Link layer discovery: what the switch says of itself and whom it heard.</summary>
/// <param name="Chassis">The address by which neighbours know the switch.</param>
/// <param name="Ports">Ports that speak or listen.</param>
/// <param name="Neighbors">Neighbours, by port.</param>
public sealed record LldpSnapshot(MacAddress Chassis, IReadOnlyList<LldpPortSnapshot> Ports, IReadOnlyList<LldpNeighborSnapshot> Neighbors);
