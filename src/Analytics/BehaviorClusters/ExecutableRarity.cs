namespace Weft.Analytics;

/// <summary>How suspicious an executable is by the share of machines that have it: the fewer, the lower the score.</summary>
public static class ExecutableRarity
{
    private const double Slope = 98;

    /// <summary>Scores a hash, 1 (nobody else has it) to 100 (common).</summary>
    /// <param name="share">Share of the machines that have it, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is out of range.</exception>
    public static double Score(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        double minority = 1 - share;
        return minority < 0.5 ? 100 : -Math.Log2(minority) * Slope + 1;
    }

    /// <summary>Scores a hash with the verdict of a list: 0 if it is flagged as malicious, 100 if it is known as benign.</summary>
    public static double Score(double share, bool isFlagged, bool isBenign) => isFlagged ? 0 : isBenign ? 100 : Score(share);
}
