using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Analytics;

/// <summary>
/// The centroids turned on their side: for each feature a bit for each cluster. What a vector has in common with 512 clusters is
/// then counted at once, by adding the rows of its features bit by bit with full adders, instead of cluster after cluster.
/// </summary>
/// <remarks>
/// The counts stay as they come, a register for each binary digit: which clusters have at least as much in common as a nearer one
/// must have is a comparison of digits, and only those are looked at one by one.
/// </remarks>
internal sealed class ClusterPlanes
{
    /// <summary>Clusters of a block: the bits of a register.</summary>
    public const int BlockClusters = 512;

    /// <summary>Most features of a vector that counts of eight digits allow.</summary>
    public const int MaxFeatures = 255;

    private const int BlockWords = BlockClusters / 64;
    private const int Planes = 8;

    /// <summary>Digits below this one do not matter for a first guess.</summary>
    private const int GuessDigit = 4;

    private readonly int _blocks;
    private readonly ulong[] _rows;
    private readonly ulong[] _digits = new ulong[Planes * BlockWords];

    public ClusterPlanes(int clusters, int bits)
    {
        _blocks = Padded(clusters) / BlockClusters;
        _rows = new ulong[bits * _blocks * BlockWords];
    }

    /// <summary>Whether the processor has what this needs.</summary>
    public static bool IsSupported => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    /// <summary>Places that arrays beside this one have, so that whole registers can be read.</summary>
    public static int Padded(int clusters) => (clusters + BlockClusters - 1) / BlockClusters * BlockClusters;

    /// <summary>Notes that a centroid changed.</summary>
    public void Change(int cluster, ReadOnlySpan<ulong> before, ReadOnlySpan<ulong> after)
    {
        ulong bit = 1UL << cluster;
        int place = cluster / 64;
        for (int word = 0; word < after.Length; word++)
        {
            for (ulong rest = before[word] ^ after[word]; rest != 0; rest &= rest - 1)
            {
                int feature = (word << 6) + BitOperations.TrailingZeroCount(rest);
                _rows[feature * _blocks * BlockWords + place] ^= bit;
            }
        }
    }

    /// <summary>Finds the nearest of the wanted clusters; of equally near ones the first.</summary>
    /// <param name="kind">The distance.</param>
    /// <param name="features">The bits of the vector, at most <see cref="MaxFeatures"/>.</param>
    /// <param name="wanted">A bit for each cluster, <see cref="Padded"/>.</param>
    /// <param name="popCounts">Bits of all centroids.</param>
    /// <param name="leastBits">No wanted centroid has fewer bits.</param>
    /// <param name="common">What it has in common with the one found.</param>
    /// <returns>Its number, or -1 if there is none.</returns>
    public int Nearest(
        BehaviorDistance kind, ReadOnlySpan<ushort> features, ReadOnlySpan<ulong> wanted, ReadOnlySpan<int> popCounts, int leastBits, out int common)
    {
        int nearest = -1;
        common = 0;
        int planes = 32 - BitOperations.LeadingZeroCount((uint)features.Length);
        for (int block = 0; block < _blocks; block++)
        {
            Vector512<ulong> candidates = Vector512.Create(wanted.Slice(block * BlockWords, BlockWords));
            if (candidates == Vector512<ulong>.Zero)
            {
                continue;
            }

            Count(features, block);
            if (nearest < 0)
            {
                // Whoever has most in common is most likely the nearest, and sets a limit for the others.
                nearest = FirstOf(Most(candidates, planes)) + block * BlockClusters;
                common = CommonOf(nearest & (BlockClusters - 1));
            }

            candidates &= AtLeast(Limit(kind, features.Length, popCounts[nearest], common, leastBits), planes);
            for (ulong words = Vector512.GreaterThan(candidates, Vector512<ulong>.Zero).ExtractMostSignificantBits(); words != 0; words &= words - 1)
            {
                int word = BitOperations.TrailingZeroCount(words);
                for (ulong rest = candidates.GetElement(word); rest != 0; rest &= rest - 1)
                {
                    int place = (word << 6) + BitOperations.TrailingZeroCount(rest);
                    int cluster = place + block * BlockClusters;
                    if (cluster == nearest)
                    {
                        continue;
                    }

                    int count = CommonOf(place);
                    bool isNearer = BitVectors.IsNearer(kind, features.Length, popCounts[cluster], count, popCounts[nearest], common);
                    bool isFirst = cluster < nearest && !BitVectors.IsNearer(kind, features.Length, popCounts[nearest], common, popCounts[cluster], count);
                    if (isNearer || isFirst)
                    {
                        nearest = cluster;
                        common = count;
                    }
                }
            }
        }

        return nearest;
    }

    /// <summary>
    /// What a cluster that is at least as near must have in common. One that has c in common and at least m bits is, by Jaccard, not
    /// nearer than c / (own + max(m, c) - c), and by Hamming than own + m - 2c; solved for c and rounded up.
    /// </summary>
    private static int Limit(BehaviorDistance kind, int own, int bits, int common, int leastBits)
    {
        if (kind == BehaviorDistance.Hamming)
        {
            return Math.Max(0, Math.Max(2 * common - bits, (2 * common - bits + leastBits + 1) >> 1));
        }

        // Two empty sets are equal though they have nothing in common: no limit then.
        int union = own + bits - common;
        return union == 0 ? 0 : Math.Max((common * own + union - 1) / union, (common * (own + leastBits) + union + common - 1) / (union + common));
    }

    /// <summary>Counts for each cluster of a block the features in common: digit by digit.</summary>
    private void Count(ReadOnlySpan<ushort> features, int block)
    {
        // Invariant: every feature is a bit of the space, and has a row with room for all blocks.
        ref ulong rows = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_rows), block * BlockWords);
        ref ushort feature = ref MemoryMarshal.GetReference(features);
        int stride = _blocks * BlockWords;
        Vector512<ulong> ones = default, twos = default, fours = default, eights = default, p4 = default, p5 = default, p6 = default, p7 = default;
        int i = 0;
        for (; i <= features.Length - 8; i += 8)
        {
            Eight(
                Row(ref rows, ref feature, i, stride), Row(ref rows, ref feature, i + 1, stride), Row(ref rows, ref feature, i + 2, stride), Row(ref rows, ref feature, i + 3, stride),
                Row(ref rows, ref feature, i + 4, stride), Row(ref rows, ref feature, i + 5, stride), Row(ref rows, ref feature, i + 6, stride), Row(ref rows, ref feature, i + 7, stride),
                ref ones, ref twos, ref fours, ref eights, ref p4, ref p5, ref p6, ref p7);
        }

        int left = features.Length - i;
        if (left > 0)
        {
            Vector512<ulong> none = Vector512<ulong>.Zero;
            Eight(
                Row(ref rows, ref feature, i, stride), left > 1 ? Row(ref rows, ref feature, i + 1, stride) : none, left > 2 ? Row(ref rows, ref feature, i + 2, stride) : none, left > 3 ? Row(ref rows, ref feature, i + 3, stride) : none,
                left > 4 ? Row(ref rows, ref feature, i + 4, stride) : none, left > 5 ? Row(ref rows, ref feature, i + 5, stride) : none, left > 6 ? Row(ref rows, ref feature, i + 6, stride) : none, none,
                ref ones, ref twos, ref fours, ref eights, ref p4, ref p5, ref p6, ref p7);
        }

        ref ulong digits = ref MemoryMarshal.GetArrayDataReference(_digits);
        ones.StoreUnsafe(ref digits);
        twos.StoreUnsafe(ref digits, 1 * BlockWords);
        fours.StoreUnsafe(ref digits, 2 * BlockWords);
        eights.StoreUnsafe(ref digits, 3 * BlockWords);
        p4.StoreUnsafe(ref digits, 4 * BlockWords);
        p5.StoreUnsafe(ref digits, 5 * BlockWords);
        p6.StoreUnsafe(ref digits, 6 * BlockWords);
        p7.StoreUnsafe(ref digits, 7 * BlockWords);
    }

    /// <summary>Those of the candidates that have most in common, up to the digits that do not matter.</summary>
    private Vector512<ulong> Most(Vector512<ulong> candidates, int planes)
    {
        for (int plane = planes - 1; plane >= GuessDigit; plane--)
        {
            Vector512<ulong> more = candidates & Digit(plane);
            candidates = more == Vector512<ulong>.Zero ? candidates : more;
        }

        return candidates;
    }

    /// <summary>The clusters that have at least as much in common: a comparison of all counts with one, from the highest digit down.</summary>
    private Vector512<ulong> AtLeast(int limit, int planes)
    {
        Vector512<ulong> greater = Vector512<ulong>.Zero;
        Vector512<ulong> equal = Vector512<ulong>.AllBitsSet;
        for (int plane = planes - 1; plane >= 0; plane--)
        {
            Vector512<ulong> digit = Digit(plane);
            Vector512<ulong> wanted = Vector512.Create(0UL - ((uint)limit >> plane & 1));
            greater = Avx512F.TernaryLogic(greater, equal, Vector512.AndNot(digit, wanted), 0xF8); // or of the first with both others
            equal = Avx512F.TernaryLogic(equal, digit, wanted, 0x90); // and of the first with the others' sameness
        }

        return greater | equal;
    }

    private int CommonOf(int place)
    {
        ReadOnlySpan<ulong> digits = _digits.AsSpan(place >> 6, (Planes - 1) * BlockWords + 1);
        return DigitOf(digits, 0, place) | DigitOf(digits, 1, place) | DigitOf(digits, 2, place) | DigitOf(digits, 3, place)
            | DigitOf(digits, 4, place) | DigitOf(digits, 5, place) | DigitOf(digits, 6, place) | DigitOf(digits, 7, place);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int DigitOf(ReadOnlySpan<ulong> digits, int plane, int place) => (int)(digits[plane * BlockWords] >> place & 1) << plane;

    private static int FirstOf(Vector512<ulong> clusters)
    {
        int word = BitOperations.TrailingZeroCount(Vector512.GreaterThan(clusters, Vector512<ulong>.Zero).ExtractMostSignificantBits());
        return (word << 6) + BitOperations.TrailingZeroCount(clusters.GetElement(word));
    }

    private Vector512<ulong> Digit(int plane) => Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_digits), (nuint)(plane * BlockWords));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Row(ref ulong rows, ref ushort feature, int i, int stride) =>
        Vector512.LoadUnsafe(ref rows, (nuint)(Unsafe.Add(ref feature, i) * stride));

    /// <summary>Adds eight rows to the digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(
        Vector512<ulong> r0, Vector512<ulong> r1, Vector512<ulong> r2, Vector512<ulong> r3, Vector512<ulong> r4, Vector512<ulong> r5, Vector512<ulong> r6, Vector512<ulong> r7,
        ref Vector512<ulong> ones, ref Vector512<ulong> twos, ref Vector512<ulong> fours, ref Vector512<ulong> eights,
        ref Vector512<ulong> p4, ref Vector512<ulong> p5, ref Vector512<ulong> p6, ref Vector512<ulong> p7)
    {
        Add(ref ones, r0, r1, out Vector512<ulong> twosA);
        Add(ref ones, r2, r3, out Vector512<ulong> twosB);
        Add(ref twos, twosA, twosB, out Vector512<ulong> foursA);
        Add(ref ones, r4, r5, out twosA);
        Add(ref ones, r6, r7, out twosB);
        Add(ref twos, twosA, twosB, out Vector512<ulong> foursB);
        Add(ref fours, foursA, foursB, out Vector512<ulong> carry);
        Carry(ref eights, ref carry);
        Carry(ref p4, ref carry);
        Carry(ref p5, ref carry);
        Carry(ref p6, ref carry);
        Carry(ref p7, ref carry);
    }

    /// <summary>A full adder, two instructions by their truth tables: the sum (odd) in place, the carry (majority) out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Vector512<ulong> sum, Vector512<ulong> a, Vector512<ulong> b, out Vector512<ulong> carry)
    {
        carry = Avx512F.TernaryLogic(sum, a, b, 0xE8);
        sum = Avx512F.TernaryLogic(sum, a, b, 0x96);
    }

    /// <summary>A half adder: sum in place, and the carry for the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Carry(ref Vector512<ulong> sum, ref Vector512<ulong> carry)
    {
        Vector512<ulong> next = sum & carry;
        sum ^= carry;
        carry = next;
    }
}
