using Weft.Packets;

namespace Weft.Nat;

/// <summary>A mapping or session, for people to look at.</summary>
/// <param name="Scope">The machine's network.</param>
/// <param name="Protocol">Protocol.</param>
/// <param name="Inside">The machine.</param>
/// <param name="InsidePort">Its port, identifier of an ICMP query, or verification tag.</param>
/// <param name="Outside">The shared address.</param>
/// <param name="OutsidePort">The port there.</param>
/// <param name="Remote">The remote; 0.0.0.0 for a mapping that serves all.</param>
/// <param name="RemotePort">Its port, 0 for any.</param>
/// <param name="IsStatic">Whether it is there for good.</param>
/// <param name="IdleSeconds">Seconds since it was used.</param>
public readonly record struct NatFlow(
    uint Scope, IpProtocol Protocol, IPv4Address Inside, ushort InsidePort, IPv4Address Outside, ushort OutsidePort, IPv4Address Remote, ushort RemotePort, bool IsStatic, double IdleSeconds);
