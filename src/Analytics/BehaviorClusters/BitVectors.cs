using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Analytics;

/// <summary>Counting bits, and the search for the nearest of many vectors.</summary>
internal static class BitVectors
{
    public static int PopCount(ReadOnlySpan<ulong> words)
    {
        int count = 0;
        foreach (ulong word in words)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    public static double Distance(BehaviorDistance kind, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        int common = Common(ref MemoryMarshal.GetReference(a), ref MemoryMarshal.GetReference(b[..a.Length]), a.Length);
        return Distance(kind, PopCount(a), PopCount(b), common);
    }

    /// <summary>Finds the nearest of the listed vectors; of equally near ones the first listed.</summary>
    /// <param name="kind">The distance.</param>
    /// <param name="vector">The vector.</param>
    /// <param name="all">Vectors of the same length, one after another.</param>
    /// <param name="popCounts">Bits set in each.</param>
    /// <param name="listed">Which vectors to look at.</param>
    /// <param name="distance">The distance of the one found; infinite if none is listed.</param>
    /// <returns>Its number, or -1.</returns>
    /// <remarks>
    /// A vector is skipped without a look if the number of its bits alone says that it cannot be nearer: two sets have at most as
    /// much in common as the smaller has elements, and differ at least in what the larger has more.
    /// </remarks>
    public static int Nearest(
        BehaviorDistance kind, ReadOnlySpan<ulong> vector, ReadOnlySpan<ulong> all, ReadOnlySpan<int> popCounts, ReadOnlySpan<int> listed, out double distance)
    {
        int bits = PopCount(vector);
        int words = vector.Length;
        int best = -1;
        int bestCommon = 0;
        ref ulong left = ref MemoryMarshal.GetReference(vector);
        foreach (int candidate in listed)
        {
            int other = popCounts[candidate];
            if (best >= 0 && !IsNearer(kind, bits, other, Math.Min(bits, other), popCounts[best], bestCommon))
            {
                continue;
            }

            int common = Common(ref left, ref MemoryMarshal.GetReference(all.Slice(candidate * words, words)), words);
            if (best < 0 || IsNearer(kind, bits, other, common, popCounts[best], bestCommon))
            {
                best = candidate;
                bestCommon = common;
            }
        }

        distance = best < 0 ? double.PositiveInfinity : Distance(kind, bits, popCounts[best], bestCommon);
        return best;
    }

    /// <summary>Compares by integers, so that no rounding decides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNearer(BehaviorDistance kind, int bits, int other, int common, int bestOther, int bestCommon)
    {
        if (kind == BehaviorDistance.Hamming)
        {
            return other - 2 * common < bestOther - 2 * bestCommon;
        }

        // Two empty vectors are equal: their union counts as one common bit.
        long union = bits + other - common;
        long bestUnion = bits + bestOther - bestCommon;
        return union == 0 ? bestUnion != 0 && bestCommon != bestUnion : bestUnion != 0 && common * bestUnion > bestCommon * union;
    }

    public static double Distance(BehaviorDistance kind, int a, int b, int common)
    {
        int union = a + b - common;
        return kind == BehaviorDistance.Hamming ? union - common : union == 0 ? 0 : 1 - (double)common / union;
    }

    /// <summary>Invariant: both references have <paramref name="words"/> words behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Common(ref ulong a, ref ulong b, int words)
    {
        // Two sums, since a population count has a latency of three cycles.
        int even = 0;
        int odd = 0;
        int i = 0;
        for (; i <= words - 2; i += 2)
        {
            even += BitOperations.PopCount(Unsafe.Add(ref a, i) & Unsafe.Add(ref b, i));
            odd += BitOperations.PopCount(Unsafe.Add(ref a, i + 1) & Unsafe.Add(ref b, i + 1));
        }

        return i < words ? even + odd + BitOperations.PopCount(Unsafe.Add(ref a, i) & Unsafe.Add(ref b, i)) : even + odd;
    }
}
