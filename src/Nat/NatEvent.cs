using Weft.Packets;

namespace Weft.Nat;

/// <summary>Something to log. Fields that do not apply are 0.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Time">When.</param>
/// <param name="Scope">The machine's network.</param>
/// <param name="Protocol">Protocol.</param>
/// <param name="Inside">The machine.</param>
/// <param name="InsidePort">Its port, or the identifier of an ICMP query.</param>
/// <param name="Outside">The shared address.</param>
/// <param name="OutsidePort">The port there; the first one of a block.</param>
/// <param name="OutsideLastPort">The last port of a block.</param>
/// <param name="Remote">The remote of a session.</param>
/// <param name="RemotePort">Its port.</param>
public readonly record struct NatEvent(
    NatEventKind Kind,
    Timestamp Time,
    uint Scope = 0,
    IpProtocol Protocol = 0,
    IPv4Address Inside = default,
    ushort InsidePort = 0,
    IPv4Address Outside = default,
    ushort OutsidePort = 0,
    ushort OutsideLastPort = 0,
    IPv4Address Remote = default,
    ushort RemotePort = 0);
