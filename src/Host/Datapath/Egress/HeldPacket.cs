using Weft.Ports;

namespace Weft.Host.Datapath.Egress;

/// <summary>A packet that waits for its port.</summary>
/// <param name="Packet">Its bytes; whoever holds it owns the buffer.</param>
/// <param name="Ingress">Port that its drop, if any, is booked under.</param>
/// <param name="IsQuestion">Whether it is the switch's own.</param>
internal readonly record struct HeldPacket(Packet Packet, ushort Ingress, bool IsQuestion);
