using Weft.Packets;

namespace Weft.Lb;

/// <summary>A flow that is remembered, for people to look at.</summary>
/// <param name="Zone">Address space, 24 bits.</param>
/// <param name="Protocol">Protocol.</param>
/// <param name="IsIPv4">Whether the addresses are IPv4 ones.</param>
/// <param name="Client">The client, ::ffff:a.b.c.d for IPv4.</param>
/// <param name="ClientPort">Its port, or the identifier of its ICMP query; 0 where the protocol has none.</param>
/// <param name="Server">The server, ::ffff:a.b.c.d for IPv4.</param>
/// <param name="ServerPort">Its port, 0 where the protocol has none.</param>
/// <param name="Lb">The load balancer that it came from; no member any more if that was removed and no reply has come since.</param>
/// <param name="Stage">How far it has come.</param>
/// <param name="IdleSeconds">Whole seconds since its last packet.</param>
public readonly record struct LbFlow(
    uint Zone, IpProtocol Protocol, bool IsIPv4, IPv6Address Client, ushort ClientPort, IPv6Address Server, ushort ServerPort, LbId Lb, FlowStage Stage, uint IdleSeconds);
