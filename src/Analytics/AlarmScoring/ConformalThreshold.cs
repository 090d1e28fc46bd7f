namespace Weft.Analytics;

/// <summary>
/// Turns scores into p-values by comparison with calibration scores: a score drawn like them has a p-value of at most alpha with a
/// probability of at most alpha, whatever the distribution (inductive conformal prediction). It does not hold when the world changes.
/// </summary>
internal sealed class ConformalThreshold
{
    private readonly double[] _ascending;

    /// <param name="scores">Calibration scores; larger is stranger. Sorted in place and kept.</param>
    public ConformalThreshold(double[] scores)
    {
        Array.Sort(scores);
        _ascending = scores;
    }

    /// <summary>(1 + scores at least as large) / (1 + scores).</summary>
    public double PValue(double score)
    {
        int low = 0;
        int high = _ascending.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_ascending[middle] < score)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return (1.0 + _ascending.Length - low) / (1.0 + _ascending.Length);
    }

    /// <summary>The number t with: p-value at most alpha if and only if score above t. <paramref name="none"/> if no score can be so rare.</summary>
    public double At(double alpha, double none)
    {
        // p = (1 + k) / (1 + n) with k scores at least as large; the largest k that is rare enough:
        int rank = (int)Math.Floor(alpha * (1.0 + _ascending.Length));
        while (rank > 0 && (double)rank / (1.0 + _ascending.Length) > alpha)
        {
            rank--;
        }

        return rank == 0 ? none : _ascending[^rank];
    }
}
