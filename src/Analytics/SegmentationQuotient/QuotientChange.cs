using Weft.Flows;

namespace Weft.Analytics;

/// <summary>What a change of policy would do to one entity.</summary>
/// <param name="Entity">Which.</param>
/// <param name="Before">Its quotient now.</param>
/// <param name="After">Its quotient then.</param>
public readonly record struct QuotientChange(SlotHandle Entity, double Before, double After);
