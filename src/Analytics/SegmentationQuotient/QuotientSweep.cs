namespace Weft.Analytics;

/// <summary>Which values a sweep of the solver reads.</summary>
public enum QuotientSweep
{
    /// <summary>The newest: about half the sweeps. The default.</summary>
    GaussSeidel,

    /// <summary>Those of the sweep before, so that the result of each sweep does not depend on the entities' order.</summary>
    Jacobi,
}
