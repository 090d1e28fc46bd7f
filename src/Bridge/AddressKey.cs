using Weft.Packets;

namespace Weft.Bridge;

/// <summary>An IPv4 or IPv6 address in a segment; IPv4 is mapped into IPv6 (RFC 4291 section 2.5.5.2).</summary>
internal readonly record struct AddressKey(ulong High, ulong Low, ulong Segment)
{
    public ushort Vlan => (ushort)Segment;

    public bool IsIPv4 => High == 0 && Low >> 32 == 0xFFFF;

    public static AddressKey Of(ushort vlan, IPv4Address address) => new(0, 0xFFFF_0000_0000UL | address.Value, vlan);

    public static AddressKey Of(ushort vlan, IPv6Address address) => new(address.High, address.Low, vlan);
}
