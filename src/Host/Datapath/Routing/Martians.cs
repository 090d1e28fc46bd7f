using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>Addresses that no packet from one network to another can have (RFC 1812 section 5.3.7, RFC 6890, RFC 3927 section 7, RFC 4291 section 2).</summary>
internal static class Martians
{
    private const uint LinkLocal4 = 0xA9FE;

    /// <summary>True for a source that is none: this network, loopback, link-local, multicast, reserved, broadcast.</summary>
    public static bool IsSource(IPv4Address address) => address.Value >> 24 is 0 or 127 || address.Value >> 28 >= 0xE || address.Value >> 16 == LinkLocal4;

    /// <summary>True for a destination that no router forwards to.</summary>
    public static bool IsDestination(IPv4Address address) => IsSource(address);

    /// <summary>True for a source that is none: unspecified, loopback, IPv4-mapped, multicast.</summary>
    public static bool IsSource(IPv6Address address) =>
        address.IsMulticast || (address.High == 0 && (address.Low <= 1 || address.Low >> 32 == 0xFFFF));

    /// <summary>True for a destination that no router forwards to.</summary>
    public static bool IsDestination(IPv6Address address) => IsSource(address);
}
