using Weft.Flows;

namespace Weft.Analytics;

/// <summary>One cluster of a snapshot.</summary>
/// <param name="Handle">Names it in the model.</param>
/// <param name="State">Normal or not.</param>
/// <param name="Weight">How much was seen of it, faded.</param>
/// <param name="IsPinned">True if it is never forgotten.</param>
/// <param name="IsVetoed">True if it never becomes normal.</param>
/// <param name="Sources">Different sources that showed it, at most 16 are counted.</param>
/// <param name="Role">Number of the group of clusters that it belongs to, from 0; -1 before the first regrouping and for outliers.</param>
public readonly record struct MicroCluster(SlotHandle Handle, ClusterState State, double Weight, bool IsPinned, bool IsVetoed, int Sources, int Role);
