using Weft.Packets;

namespace Weft.Multicast;

/// <summary>
/// How this package writes addresses of both families: an IPv4 address is its IPv4-mapped IPv6 address, ::ffff:a.b.c.d (RFC 4291
/// section 2.5.5.2).
/// </summary>
public static class MulticastAddress
{
    /// <summary>The mapped form of an IPv4 address.</summary>
    public static IPv6Address Map(IPv4Address address) => IPv6Address.MapIPv4(address);

    /// <summary>True if the address stands for an IPv4 address; 0.0.0.0 (::ffff:0:0) included.</summary>
    public static bool IsIPv4(IPv6Address address) => address.High == 0 && address.Low >> 32 == 0xFFFF;

    /// <summary>The IPv4 address that a mapped address stands for; meaningless if <see cref="IsIPv4"/> is false.</summary>
    public static IPv4Address ToIPv4(IPv6Address address) => new((uint)address.Low);

    /// <summary>The text of an address in its own family's form.</summary>
    public static string Format(IPv6Address address) => IsIPv4(address) ? ToIPv4(address).ToString() : address.ToString();

    /// <summary>Reads an address of either family.</summary>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static IPv6Address Parse(string text) => IPv4Address.TryParse(text, out IPv4Address four) ? Map(four) : IPv6Address.Parse(text);

    /// <summary>True for a group of either family.</summary>
    public static bool IsGroup(IPv6Address address) => IsIPv4(address) ? ToIPv4(address).IsMulticast : address.IsMulticast;

    /// <summary>
    /// True for 224.0.0.0/24 (RFC 5771 section 4) and for IPv6 groups of interface-local and link-local scope (RFC 4291 section
    /// 2.7): never routed and never tracked, because switches must not keep their data from anyone (RFC 4541 section 2.1.2).
    /// </summary>
    public static bool IsLinkScope(IPv6Address group) => IsIPv4(group)
        ? ToIPv4(group).Value >> 8 == 0xE00000
        : group.IsMulticast && Scope(group) <= 2;

    /// <summary>True for the source-specific ranges 232.0.0.0/8 and ff3x::/32 (RFC 4607 section 1).</summary>
    public static bool IsSourceSpecific(IPv6Address group) => IsIPv4(group)
        ? ToIPv4(group).Value >> 24 == 232
        : group.High >> 52 == 0xFF3 && (uint)(group.High >> 32 & 0xFFFF) == 0;

    /// <summary>The Ethernet group address of a group (RFC 1112 section 6.4, RFC 2464 section 7).</summary>
    public static MacAddress ToMac(IPv6Address group) => IsIPv4(group)
        ? new MacAddress(0x0100_5E00_0000UL | (ToIPv4(group).Value & 0x7F_FFFF))
        : new MacAddress(0x3333_0000_0000UL | (uint)group.Low);

    /// <summary>True if a host may join the group through a switch: a group of more than link scope, and no reserved scope.</summary>
    internal static bool IsTrackable(IPv6Address group) => IsGroup(group) && !IsLinkScope(group) && (IsIPv4(group) || Scope(group) != 15);

    private static int Scope(IPv6Address group) => (int)(group.High >> 48 & 0xF);
}
