using Weft.Packets;

namespace Weft.Host.Analytics.Quotients;

/// <summary>A kind of conversation that was seen: from a machine of the inventory or from elsewhere, to a machine and port.</summary>
/// <param name="Source">Place of the machine in the inventory; -1 for elsewhere.</param>
/// <param name="From">The source's address: the machine's, or one of those elsewhere.</param>
/// <param name="Destination">Place of the machine.</param>
/// <param name="To">Which of its addresses.</param>
/// <param name="Protocol">Transport protocol.</param>
/// <param name="Port">Destination port.</param>
internal readonly record struct ObservedFlow(int Source, IPv6Address From, int Destination, IPv6Address To, IpProtocol Protocol, ushort Port);
