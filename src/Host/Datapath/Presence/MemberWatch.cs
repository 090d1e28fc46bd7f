using Weft.Bfd;
using Weft.Packets;

namespace Weft.Host.Datapath.Presence;

/// <summary>Liveness of another member of a point of presence.</summary>
/// <param name="Address">Its tunnel address.</param>
/// <param name="Node">Its number among the nodes, -1 for a gateway.</param>
/// <param name="Session">The session with it.</param>
/// <param name="Path">The packets of the session.</param>
internal sealed record MemberWatch(IPv4Address Address, int Node, BfdSession Session, BfdPath Path);
