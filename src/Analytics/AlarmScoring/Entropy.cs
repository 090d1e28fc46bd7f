namespace Weft.Analytics;

/// <summary>The functions of counts that holo-entropy is made of (Wu and Wang, IEEE TKDE 25(3), 2013), in natural units.</summary>
internal static class Entropy
{
    /// <summary>Most occurrences that are counted; a model refuses more.</summary>
    public const long MaxCount = 1L << 40;

    /// <summary>2^40: the unit of <see cref="FixedCountLog"/>.</summary>
    private const double FixedPoint = 1L << 40;

    private const long SeriesFrom = 64;

    /// <summary>n ln n; 0 for n = 0.</summary>
    public static double CountLog(long count) => count <= 1 ? 0 : count * Math.Log(count);

    /// <summary>
    /// n ln n as an integer multiple of 2^-40. Sums of integers do not depend on their order, so adding, removing and merging are
    /// undone bit for bit.
    /// </summary>
    public static Int128 FixedCountLog(long count) => (Int128)Math.Round(CountLog(count) * FixedPoint);

    /// <summary>A sum of <see cref="FixedCountLog"/> as a number.</summary>
    public static double FromFixed(Int128 sum) => (double)sum / FixedPoint;

    /// <summary>The entropy of a column of <paramref name="rows"/> values with the given sum of n ln n.</summary>
    public static double OfColumn(long rows, double sumCountLog) => rows <= 1 ? 0 : Math.Max(0, Math.Log(rows) - sumCountLog / rows);

    /// <summary>(n-1) ln(n-1) - n ln n: how the sum changes when one of n equal values goes. 0 for n = 1, at most 0.</summary>
    /// <remarks>
    /// The difference of two large numbers loses all but five digits at n = 10^12. From 64 on it is written with
    /// ln(n/(n-1)) = 2 artanh(1/(2n-1)), whose series of five terms is exact to the last bit or two.
    /// </remarks>
    public static double Delta(long count)
    {
        if (count <= 1)
        {
            return 0;
        }

        if (count < SeriesFrom)
        {
            return CountLog(count - 1) - CountLog(count);
        }

        double z = 1.0 / (2.0 * count - 1);
        double square = z * z;
        double artanh = z * (1 + square * (1.0 / 3 + square * (1.0 / 5 + square * (1.0 / 7 + square / 9))));
        return -2.0 * (count - 1) * artanh - Math.Log(count);
    }

    /// <summary>The reverse sigmoid: a column in disorder counts for less. 1 for entropy 0, towards 0 for large ones.</summary>
    public static double Weight(double entropy) => 2 * (1 - 1 / (1 + Math.Exp(-entropy)));
}
