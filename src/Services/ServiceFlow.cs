using Weft.Packets;

namespace Weft.Services;

/// <summary>A flow as its first packet shows it.</summary>
/// <param name="IsIPv6">True for IPv6.</param>
/// <param name="Source">Who opened it; IPv4 addresses are mapped (RFC 4291 section 2.5.5.2).</param>
/// <param name="Destination">Whom it was opened to.</param>
/// <param name="Protocol">Transport protocol.</param>
/// <param name="SourcePort">Port, or identifier of an ICMP query; 0 where there is none.</param>
/// <param name="DestinationPort">Port; 0 where there is none.</param>
/// <param name="OpenedFrom">Which side opened it.</param>
public readonly record struct ServiceFlow(
    bool IsIPv6,
    IPv6Address Source,
    IPv6Address Destination,
    IpProtocol Protocol,
    ushort SourcePort,
    ushort DestinationPort,
    ServiceDirection OpenedFrom);
