namespace Weft.Host.Observe;

/// <summary>How well the network is segmented.</summary>
/// <param name="Entities">The network, its applications, their machines.</param>
/// <param name="ObservedFlows">Kinds of flow that were seen and count.</param>
/// <param name="FlowsRefused">Kinds of flow that found no room.</param>
/// <param name="History">The network's quotient whenever it changed, oldest first; the last 1000.</param>
public sealed record QuotientsSnapshot(
    IReadOnlyList<QuotientSnapshot> Entities, int ObservedFlows, long FlowsRefused, IReadOnlyList<QuotientHistorySnapshot> History);
