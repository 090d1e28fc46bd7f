using Weft.Packets;

namespace Weft.Mesh;

/// <summary>An address and the loopback address that stands for it.</summary>
/// <param name="Real">The address that applications know.</param>
/// <param name="Loopback">The one that the agent sees or binds to.</param>
/// <param name="Machine">The machine whose address it is.</param>
public readonly record struct AddressPair(IPv6Address Real, IPv6Address Loopback, MachineId Machine);
