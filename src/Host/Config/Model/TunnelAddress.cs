using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>An IPv4 or IPv6 address of a tunnel endpoint.</summary>
public readonly record struct TunnelAddress
{
    /// <summary>An IPv4 endpoint.</summary>
    public TunnelAddress(IPv4Address address) => (IsIPv6, V4) = (false, address);

    /// <summary>An IPv6 endpoint.</summary>
    public TunnelAddress(IPv6Address address) => (IsIPv6, V6) = (true, address);

    /// <summary>Which of the two is meant.</summary>
    public bool IsIPv6 { get; }

    /// <summary>The IPv4 address.</summary>
    public IPv4Address V4 { get; }

    /// <summary>The IPv6 address.</summary>
    public IPv6Address V6 { get; }

    /// <inheritdoc/>
    public override string ToString() => IsIPv6 ? V6.ToString() : V4.ToString();
}
