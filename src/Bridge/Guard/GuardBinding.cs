using Weft.Packets;

namespace Weft.Bridge;

/// <summary>An address that a machine behind a port may use.</summary>
/// <param name="Port">Number of the port.</param>
/// <param name="Vlan">VLAN of its segment.</param>
/// <param name="IsIPv4">Whether it is an IPv4 address, mapped into IPv6.</param>
/// <param name="Address">The address.</param>
/// <param name="Mac">The machine; zero for any behind the port.</param>
/// <param name="Expires">When the lease ends; <see cref="Timestamp.MaxValue"/> for never.</param>
/// <param name="IsStatic">Whether it was configured.</param>
public readonly record struct GuardBinding(int Port, ushort Vlan, bool IsIPv4, IPv6Address Address, MacAddress Mac, Timestamp Expires, bool IsStatic);
