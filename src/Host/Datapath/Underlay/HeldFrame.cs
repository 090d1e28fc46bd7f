using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Underlay;

/// <summary>A frame that waits for the MAC address of its next hop.</summary>
/// <param name="Packet">The inner frame; whoever holds this owns the buffer.</param>
/// <param name="Layout">Its layout.</param>
/// <param name="Hop">Number of what it waits for: the remote endpoint it goes to, or the neighbour of a router.</param>
/// <param name="Segment">Its segment, -1 if it goes on through a router.</param>
/// <param name="Ingress">The port it came from.</param>
internal readonly record struct HeldFrame(Packet Packet, PacketLayout Layout, int Hop, int Segment, ushort Ingress);
