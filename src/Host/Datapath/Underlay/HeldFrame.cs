using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Underlay;

/// <summary>A frame that waits for the MAC address of its next hop, with what encapsulating it takes.</summary>
/// <param name="Packet">The inner frame; whoever holds this owns the buffer.</param>
/// <param name="Layout">Its layout.</param>
/// <param name="Peer">The remote endpoint it goes to.</param>
/// <param name="Segment">Its segment.</param>
/// <param name="Ingress">The port it came from.</param>
internal readonly record struct HeldFrame(Packet Packet, PacketLayout Layout, int Peer, int Segment, ushort Ingress);
