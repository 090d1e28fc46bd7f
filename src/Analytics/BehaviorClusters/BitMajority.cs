using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Analytics;

/// <summary>Which of 64 counts are above a limit, as the bits of a word, and how near to it the nearest is.</summary>
internal static class BitMajority
{
    /// <summary>Chooses the widest body that the processor has.</summary>
    public static ulong Compute(ReadOnlySpan<double> counts, double limit, out double margin) =>
        Vector512.IsHardwareAccelerated ? Wide(counts, limit, out margin) : Scalar(counts, limit, out margin);

    internal static ulong Scalar(ReadOnlySpan<double> counts, double limit, out double margin)
    {
        ulong mask = 0;
        margin = double.PositiveInfinity;
        for (int bit = 0; bit < 64; bit++)
        {
            mask |= counts[bit] > limit ? 1UL << bit : 0;
            margin = Math.Min(margin, Math.Abs(counts[bit] - limit));
        }

        return mask;
    }

    internal static ulong Wide(ReadOnlySpan<double> counts, double limit, out double margin)
    {
        Vector512<double> limits = Vector512.Create(limit);
        Vector512<double> nearest = Vector512.Create(double.PositiveInfinity);
        ReadOnlySpan<Vector512<double>> vectors = MemoryMarshal.Cast<double, Vector512<double>>(counts);
        ulong mask = 0;
        for (int part = 0; part < 8; part++)
        {
            mask |= Vector512.GreaterThan(vectors[part], limits).ExtractMostSignificantBits() << (part << 3);
            nearest = Vector512.Min(nearest, Vector512.Abs(vectors[part] - limits));
        }

        margin = nearest[0];
        for (int lane = 1; lane < Vector512<double>.Count; lane++)
        {
            margin = Math.Min(margin, nearest[lane]);
        }

        return mask;
    }
}
