namespace Weft.Bench.Ratios;

/// <summary>How the passes of one side become one figure.</summary>
public enum Statistic
{
    /// <summary>The cheapest pass: neighbours can only make CPU-bound work slower.</summary>
    Minimum,

    /// <summary>The middle pass: for processes, kernels and everything whose cost varies in both directions.</summary>
    Median,
}
