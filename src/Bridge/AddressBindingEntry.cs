using Weft.Packets;

namespace Weft.Bridge;

/// <summary>One entry of <see cref="AddressBindings"/>, as people are shown it.</summary>
/// <param name="Vlan">The segment.</param>
/// <param name="IsIPv4">Whether the address is an IPv4 address.</param>
/// <param name="Address">The address; an IPv4 address is in the low 32 bits.</param>
/// <param name="Binding">Which machine has it.</param>
/// <param name="Age">Time since it was last heard; zero for static entries.</param>
public readonly record struct AddressBindingEntry(ushort Vlan, bool IsIPv4, IPv6Address Address, AddressBinding Binding, TimeSpan Age)
{
    /// <summary>The IPv4 address; meaningless unless <see cref="IsIPv4"/>.</summary>
    public IPv4Address V4 => new((uint)Address.Low);
}
