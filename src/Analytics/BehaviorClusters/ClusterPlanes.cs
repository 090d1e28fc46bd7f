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
internal sealed class ClusterPlanes
{
    /// <summary>Clusters of a block: the bits of a register.</summary>
    public const int BlockClusters = 512;

    /// <summary>Most features of a vector that counts of a byte allow.</summary>
    public const int MaxFeatures = 255;

    private const int BlockWords = BlockClusters / 64;
    private const int Planes = 8;

    /// <summary>Single precision tells fractions apart to this; what is nearer together is compared exactly.</summary>
    private const float Slack = 1e-5f;

    private static readonly Vector512<byte> SpreadBytes = Vector512.Create([.. Enumerable.Range(0, 64).Select(i => (byte)(i / 8 % 8))]);
    private static readonly Vector512<byte> BitOfByte = Vector512.Create([.. Enumerable.Range(0, 64).Select(i => (byte)(1 << i % 8))]);

    private readonly int _clusters;
    private readonly int _blocks;
    private readonly int _zeroRow;
    private readonly ulong[] _rows;
    private readonly int[] _features = new int[MaxFeatures + 8];
    private readonly byte[] _counts;
    private readonly float[] _nearness;

    public ClusterPlanes(int clusters, int bits)
    {
        _clusters = clusters;
        _blocks = (clusters + BlockClusters - 1) / BlockClusters;
        _zeroRow = bits;
        _rows = new ulong[(bits + 1) * _blocks * BlockWords];
        _counts = new byte[_blocks * BlockClusters];
        _nearness = new float[_blocks * BlockClusters];
    }

    /// <summary>Whether the processor has what this needs.</summary>
    public static bool IsSupported => Vector512.IsHardwareAccelerated && Avx512BW.IsSupported;

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

    /// <summary>Finds the nearest cluster of a state; of equally near ones the first.</summary>
    /// <param name="kind">The distance.</param>
    /// <param name="vector">The vector, with at most <see cref="MaxFeatures"/> bits set.</param>
    /// <param name="bits">How many are set.</param>
    /// <param name="wanted">The state.</param>
    /// <param name="states">States of all clusters, <see cref="Padded"/>.</param>
    /// <param name="popCounts">Bits of all centroids, <see cref="Padded"/>.</param>
    /// <param name="common">What it has in common with the one found.</param>
    /// <returns>Its number, or -1 if there is none.</returns>
    public int Nearest(
        BehaviorDistance kind, ReadOnlySpan<ulong> vector, int bits, ClusterState wanted, ClusterState[] states, int[] popCounts, out int common)
    {
        Count(vector, bits);
        float best = Rank(kind, bits, wanted, states, popCounts);
        common = 0;
        int nearest = -1;
        if (best == float.NegativeInfinity)
        {
            return nearest;
        }

        Vector512<float> limit = Vector512.Create(best - Math.Abs(best) * Slack);
        ref float nearness = ref MemoryMarshal.GetArrayDataReference(_nearness);
        for (int i = 0; i < _clusters; i += Vector512<float>.Count)
        {
            ulong candidates = Vector512.GreaterThanOrEqual(Vector512.LoadUnsafe(ref nearness, (nuint)i), limit).ExtractMostSignificantBits();
            for (; candidates != 0; candidates &= candidates - 1)
            {
                int cluster = i + BitOperations.TrailingZeroCount(candidates);
                if (nearest < 0 || BitVectors.IsNearer(kind, bits, popCounts[cluster], _counts[cluster], popCounts[nearest], common))
                {
                    nearest = cluster;
                    common = _counts[cluster];
                }
            }
        }

        return nearest;
    }

    /// <summary>Counts for each cluster the features that the vector has in common with it.</summary>
    internal ReadOnlySpan<byte> Count(ReadOnlySpan<ulong> vector, int bits)
    {
        int count = 0;
        int stride = _blocks * BlockWords;
        for (int word = 0; word < vector.Length; word++)
        {
            for (ulong rest = vector[word]; rest != 0; rest &= rest - 1)
            {
                _features[count++] = ((word << 6) + BitOperations.TrailingZeroCount(rest)) * stride;
            }
        }

        while (count % 8 != 0)
        {
            _features[count++] = _zeroRow * stride;
        }

        int planes = 32 - BitOperations.LeadingZeroCount((uint)bits);
        for (int block = 0; block < _blocks; block++)
        {
            CountBlock(_features.AsSpan(0, count), block, planes);
        }

        return _counts;
    }

    private void CountBlock(ReadOnlySpan<int> features, int block, int planes)
    {
        // Invariant: every offset is that of a row, which has room for all blocks.
        ref ulong rows = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_rows), block * BlockWords);
        Vector512<ulong> ones = default, twos = default, fours = default, eights = default, p4 = default, p5 = default, p6 = default, p7 = default;
        for (int i = 0; i < features.Length; i += 8)
        {
            Add(ref ones, Row(ref rows, features[i]), Row(ref rows, features[i + 1]), out Vector512<ulong> twosA);
            Add(ref ones, Row(ref rows, features[i + 2]), Row(ref rows, features[i + 3]), out Vector512<ulong> twosB);
            Add(ref twos, twosA, twosB, out Vector512<ulong> foursA);
            Add(ref ones, Row(ref rows, features[i + 4]), Row(ref rows, features[i + 5]), out twosA);
            Add(ref ones, Row(ref rows, features[i + 6]), Row(ref rows, features[i + 7]), out twosB);
            Add(ref twos, twosA, twosB, out Vector512<ulong> foursB);
            Add(ref fours, foursA, foursB, out Vector512<ulong> carry);
            Carry(ref eights, ref carry);
            Carry(ref p4, ref carry);
            Carry(ref p5, ref carry);
            Carry(ref p6, ref carry);
            Carry(ref p7, ref carry);
        }

        ref byte counts = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_counts), block * BlockClusters);
        ReadOnlySpan<Vector512<ulong>> all = [ones, twos, fours, eights, p4, p5, p6, p7];
        int groups = Math.Min(BlockWords, (_clusters - block * BlockClusters + 63) / 64);
        for (int group = 0; group < groups; group++)
        {
            Vector512<byte> sum = Vector512<byte>.Zero;
            for (int plane = 0; plane < planes && plane < Planes; plane++)
            {
                // Each of the 64 bits becomes a byte: broadcast, its byte to each place, its bit.
                Vector512<byte> spread = Avx512BW.Shuffle(Vector512.Create(all[plane].GetElement(group)).AsByte(), SpreadBytes);
                sum += Vector512.Equals(spread & BitOfByte, BitOfByte) & Vector512.Create((byte)(1 << plane));
            }

            sum.StoreUnsafe(ref counts, (nuint)(group * 64));
        }
    }

    /// <summary>How near each cluster of the state is, in single precision; others are infinitely far.</summary>
    private float Rank(BehaviorDistance kind, int bits, ClusterState wanted, ClusterState[] states, int[] popCounts)
    {
        Vector512<float> best = Vector512.Create(float.NegativeInfinity);
        Vector512<int> own = Vector512.Create(bits);
        Vector512<int> state = Vector512.Create((int)wanted);
        ref byte counts = ref MemoryMarshal.GetArrayDataReference(_counts);
        ref byte kinds = ref Unsafe.As<ClusterState, byte>(ref MemoryMarshal.GetArrayDataReference(states));
        for (int i = 0; i < _clusters; i += Vector512<int>.Count)
        {
            Vector512<int> common = Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref counts, (nuint)i));
            Vector512<int> other = Vector512.LoadUnsafe(ref popCounts[i]);
            Vector512<float> nearness = kind == BehaviorDistance.Hamming
                ? Vector512.ConvertToSingle(common + common - other)
                : Vector512.ConvertToSingle(common) / Vector512.ConvertToSingle(Vector512.Max(own + other - common, Vector512<int>.One));
            if (bits == 0 && kind != BehaviorDistance.Hamming)
            {
                // Two empty vectors are equal.
                nearness = Vector512.ConditionalSelect(Vector512.Equals(other, Vector512<int>.Zero).AsSingle(), Vector512<float>.One, nearness);
            }

            Vector512<int> isWanted = Vector512.Equals(Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref kinds, (nuint)i)), state);
            nearness = Vector512.ConditionalSelect(isWanted.AsSingle(), nearness, Vector512.Create(float.NegativeInfinity));
            nearness.CopyTo(_nearness, i);
            best = Vector512.Max(best, nearness);
        }

        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < Vector512<float>.Count; lane++)
        {
            largest = Math.Max(largest, best[lane]);
        }

        return largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Row(ref ulong rows, int offset) => Vector512.LoadUnsafe(ref rows, (nuint)offset);

    /// <summary>A full adder: sum in place, carry out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Vector512<ulong> sum, Vector512<ulong> a, Vector512<ulong> b, out Vector512<ulong> carry)
    {
        Vector512<ulong> half = sum ^ a;
        carry = (sum & a) | (half & b);
        sum = half ^ b;
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
