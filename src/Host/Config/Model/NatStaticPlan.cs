using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>A machine's port that can be reached from outside for good.</summary>
/// <param name="Protocol">UDP or TCP.</param>
/// <param name="Inside">The machine.</param>
/// <param name="InsidePort">Its port.</param>
/// <param name="Outside">A shared address.</param>
/// <param name="OutsidePort">The port there, in a block of this host.</param>
public sealed record NatStaticPlan(IpProtocol Protocol, IPv4Address Inside, ushort InsidePort, IPv4Address Outside, ushort OutsidePort);
