namespace Weft.Analytics;

/// <summary>How exact the quotients are now.</summary>
/// <param name="Sweeps">Sweeps over all entities; 0 for an update.</param>
/// <param name="Evaluations">Entities computed.</param>
/// <param name="ErrorBound">Most that any quotient is off, as a share of its range: a proof, not an estimate. 1 if the work was cut short.</param>
/// <param name="Converged">True if the bound is within the tolerance.</param>
public readonly record struct SolveResult(int Sweeps, long Evaluations, double ErrorBound, bool Converged);
