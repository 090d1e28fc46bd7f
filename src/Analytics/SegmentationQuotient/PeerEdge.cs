using Weft.Flows;

namespace Weft.Analytics;

/// <summary>A peer that policy allows to reach an entity.</summary>
/// <param name="Peer">Who.</param>
/// <param name="Weight">How much it counts, above 0: 1, or the traffic.</param>
public readonly record struct PeerEdge(SlotHandle Peer, double Weight = 1);
