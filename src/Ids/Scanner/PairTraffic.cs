namespace Weft.Ids;

/// <summary>How often the values of <see cref="PairHash"/> occur in packets, roughly.</summary>
internal static class PairTraffic
{
    // Bytes stand beside themselves more often than chance would have it: padding, blanks, digits.
    private const double Repeated = 0.3;

    private static readonly float[] Shares = Measure();

    /// <summary>Share of all pairs that have a value.</summary>
    public static float Share(int value) => Shares[value];

    private static float[] Measure()
    {
        double[] shares = new double[PairHash.Values];
        double[] first = new double[PairHash.Values];
        double[] second = new double[PairHash.Values];
        for (int value = 0; value < 256; value++)
        {
            double likely = ByteTraffic.Share((byte)value);
            first[PairHash.Of((byte)value, 0)] += likely;
            second[PairHash.Of(0, (byte)value)] += likely;
            shares[PairHash.Of((byte)value, (byte)value)] += likely * Repeated;
        }

        // The hash of a pair is the sum of what its bytes have alone.
        for (int a = 0; a < first.Length; a++)
        {
            for (int b = 0; b < second.Length; b++)
            {
                shares[a ^ b] += first[a] * second[b];
            }
        }

        double sum = shares.Sum();
        return [.. shares.Select(share => (float)(share / sum))];
    }
}
