using Weft.Mesh;

namespace Weft.MeshAgent.Certificates;

/// <summary>What was found out about a peer.</summary>
/// <param name="Refusal">Why it was refused, or none.</param>
/// <param name="Id">Who it is; only meaningful if it was not refused.</param>
/// <param name="NotAfter">Until when: the earliest end among the certificates of its chain.</param>
internal readonly record struct PeerVerdict(PeerRefusal Refusal, SpiffeId Id, DateTimeOffset NotAfter);
