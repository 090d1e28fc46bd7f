using Weft.Packets;

namespace Weft.Encap;

/// <summary>Ports of ESP in UDP (RFC 3948 section 2.1).</summary>
/// <param name="Source">
/// Source port. It decides the receiver's queue (see <see cref="RssPortSolver"/>) and stays the same for an association's life:
/// packets that change queues overtake each other, and the anti-replay window would drop them.
/// </param>
/// <param name="Destination">Destination port.</param>
public readonly record struct EspUdpPorts(ushort Source, ushort Destination = EspHeader.UdpPort);
