using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Where an answer goes that a server gave to a relay.</summary>
/// <param name="Mac">The client; broadcast if it cannot take unicast yet (RFC 2131 section 4.1).</param>
/// <param name="Address">Its address; the limited broadcast likewise. IPv4.</param>
/// <param name="Address6">Its address for DHCPv6.</param>
/// <param name="Port">UDP port that it listens at.</param>
public readonly record struct DhcpReturn(MacAddress Mac, IPv4Address Address, IPv6Address Address6, ushort Port);
