using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>A connection that a stateful list permitted.</summary>
/// <param name="Zone">Where it is known: the number of a port, or of ports plus that of a segment.</param>
/// <param name="IsFromInside">Whether the machines behind the port, or in the segment, opened it.</param>
/// <param name="IsIPv4">Whether it is of IPv4; addresses are mapped ones then.</param>
/// <param name="Source">Who opened it.</param>
/// <param name="Destination">To whom.</param>
/// <param name="Protocol">Protocol.</param>
/// <param name="SourcePort">Source port, or identifier of ICMP queries.</param>
/// <param name="DestinationPort">Destination port.</param>
/// <param name="State">State of TCP.</param>
/// <param name="Expires">When it is forgotten unless another packet comes.</param>
public readonly record struct AclConnection(
    int Zone, bool IsFromInside, bool IsIPv4, IPv6Address Source, IPv6Address Destination, IpProtocol Protocol, ushort SourcePort, ushort DestinationPort, TcpState State, Timestamp Expires);
