using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Analytics;

/// <summary>Which of many counts are above a limit, as bits.</summary>
internal static class BitMajority
{
    /// <summary>Chooses the widest body that the processor has.</summary>
    public static void Compute(ReadOnlySpan<double> counts, double limit, Span<ulong> bits)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Wide(counts, limit, bits);
        }
        else
        {
            Scalar(counts, limit, bits);
        }
    }

    internal static void Scalar(ReadOnlySpan<double> counts, double limit, Span<ulong> bits)
    {
        for (int word = 0; word < bits.Length; word++)
        {
            ulong mask = 0;
            for (int bit = 0; bit < 64; bit++)
            {
                mask |= counts[(word << 6) + bit] > limit ? 1UL << bit : 0;
            }

            bits[word] = mask;
        }
    }

    internal static void Wide(ReadOnlySpan<double> counts, double limit, Span<ulong> bits)
    {
        Vector512<double> limits = Vector512.Create(limit);
        ReadOnlySpan<Vector512<double>> vectors = MemoryMarshal.Cast<double, Vector512<double>>(counts);
        for (int word = 0; word < bits.Length; word++)
        {
            ulong mask = 0;
            for (int part = 0; part < 8; part++)
            {
                mask |= Vector512.GreaterThan(vectors[(word << 3) + part], limits).ExtractMostSignificantBits() << (part << 3);
            }

            bits[word] = mask;
        }
    }
}
