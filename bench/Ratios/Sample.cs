namespace Weft.Bench.Ratios;

/// <summary>What one pass measured.</summary>
/// <param name="Cost">In the ratio's unit; lower is better.</param>
/// <param name="Result">
/// A number computed from what the pass produced (a sum of found values, a checksum of the output). Ours and the peer's must
/// be equal in every round, otherwise the two did not do the same work and the run fails.
/// </param>
public readonly record struct Sample(double Cost, ulong Result);
