using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <summary>
/// Finds patterns by two or three of their bytes, for sets that have many so short. Two neighbouring bytes choose a word, by a hash;
/// one bit of it says that they may be a pattern, and the others which third bytes may make one of three. So each place of the data
/// costs one word of a table that the nearest cache holds. What is left is sifted by a bitmap for each length.
/// </summary>
internal sealed class ShortFilter
{
    private const int Window = sizeof(uint);
    private const int Shortest = 2;
    private const int MinBits = 12;
    private const int MaxBits = 16;
    private const int BitsForEntry = 2;
    private const uint PairBit = 1u << 31;

    // Classes of the third byte; the last two share a bit, since one is the pairs'.
    private const int ClassMask = 31;
    private const int LastClass = 30;

    // Positions of one round, and of one vector.
    private const int Chunk = 512;
    private const int PlacesAtOnce = 16;

    // Which bytes of a vector make windows.
    private static readonly Vector512<byte> Cut = VectorData.Cut(1);
    private static readonly Vector256<byte> CutInHalves = VectorData.CutInHalves(1);

    private readonly uint[] _words;
    private readonly int _shift;
    private readonly WindowBitmap _tripleBits;
    private readonly WindowBitmap _pairBits;
    private readonly WindowTable _triples;
    private readonly WindowTable _pairs;
    private readonly bool _useVectors;
    private readonly bool _useWide;

    private ShortFilter(PatternPool pool, MatcherPlan plan, List<WindowEntry> pairs, int maxVectorBits)
    {
        _triples = new WindowTable(pool, plan.Triples, plan, length: 3);
        _pairs = new WindowTable(pool, pairs, plan, Shortest);
        _useVectors = maxVectorBits >= 256 && Avx2.IsSupported;
        _useWide = maxVectorBits >= 512 && Avx512Vbmi.IsSupported && Avx2.IsSupported;
        _tripleBits = new WindowBitmap(plan.Triples.Count, stride: 1, WindowTable.MaskOf(3), maxVectorBits);
        _pairBits = new WindowBitmap(pairs.Count, stride: 1, WindowTable.PairMask, maxVectorBits);
        int bits = Math.Clamp(BitOperations.Log2((uint)(plan.Triples.Count + pairs.Count)) + BitsForEntry, MinBits, MaxBits);
        _shift = 32 - bits;
        _words = new uint[1 << bits];
        foreach (WindowEntry entry in plan.Triples)
        {
            WordOf(entry.Window) |= 1u << ClassOf(entry.Window);
            _tripleBits.Set(entry.Window);
        }

        foreach (WindowEntry entry in pairs)
        {
            WordOf(entry.Window) |= PairBit;
            _pairBits.Set(entry.Window);
        }
    }

    public long MemoryBytes => _words.Length * sizeof(uint) + _tripleBits.MemoryBytes + _pairBits.MemoryBytes + _triples.MemoryBytes + _pairs.MemoryBytes;

    /// <summary>The filter of the triples of a plan and of pairs, null if there are none.</summary>
    public static ShortFilter? Create(PatternPool pool, MatcherPlan plan, List<WindowEntry> pairs, int maxVectorBits) =>
        plan.Triples.Count + pairs.Count > 0 ? new ShortFilter(pool, plan, pairs, maxVectorBits) : null;

    [SkipLocalsInit]
    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        Span<int> triples = stackalloc int[Chunk + PlaceList.Ahead];
        Span<int> pairs = stackalloc int[Chunk + PlaceList.Ahead];
        int end = scan.Data.Length - (Window - 1);
        for (int from = 0; from < end; from += Chunk)
        {
            int to = Math.Min(from + Chunk, end);
            (int tripleCount, int pairCount) = _useWide ? CollectWide(scan.Data, from, to, triples, pairs) : Collect(scan.Data, from, to, triples, pairs);
            tripleCount = _tripleBits.Sift(scan.Data, triples[..tripleCount]);
            pairCount = _pairBits.Sift(scan.Data, pairs[..pairCount]);
            scan.Counters.Candidates += tripleCount + pairCount;
            if (!_triples.Confirm(ref scan, triples[..tripleCount]) || !_pairs.Confirm(ref scan, pairs[..pairCount]))
            {
                return false;
            }
        }

        // Fewer than four bytes are left, and there may be room for a pattern.
        for (int place = Math.Max(end, 0); place <= scan.Data.Length - Shortest; place++)
        {
            uint window = WindowTable.WindowAt(scan.Data, place);
            uint word = WordOf(window);
            if (((word >> ClassOf(window) & 1) != 0 && !_triples.ConfirmEnd(ref scan, place)) || (word >= PairBit && !_pairs.ConfirmEnd(ref scan, place)))
            {
                return false;
            }
        }

        return true;
    }

    private static int ClassOf(uint window) => Math.Min((int)(window >> 16) & ClassMask, LastClass);

    private ref uint WordOf(uint window) => ref _words[WindowTable.Hash(window & WindowTable.PairMask) >> _shift];

    private (int Triples, int Pairs) Collect(ReadOnlySpan<byte> data, int from, int to, Span<int> triples, Span<int> pairs)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        (int tripleCount, int pairCount) = _useVectors ? CollectNarrow(data, ref from, to, triples, pairs) : (0, 0);
        for (int i = from; i < to; i++)
        {
            // The caller's bound on places keeps the four bytes inside the data.
            uint window = WindowTable.Load(ref bytes, i);
            uint word = WordOf(window);
            triples[tripleCount] = i;
            tripleCount += (int)(word >> ClassOf(window) & 1);
            pairs[pairCount] = i;
            pairCount += (int)(word >> 31);
        }

        return (tripleCount, pairCount);
    }

    /// <summary>Eight places at once: a shuffle cuts their windows out, a gather fetches their words.</summary>
    /// <returns>Places found. The first place is set behind those that were looked at.</returns>
    private unsafe (int Triples, int Pairs) CollectNarrow(ReadOnlySpan<byte> data, ref int from, int to, Span<int> triples, Span<int> pairs)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref int tripleSlots = ref MemoryMarshal.GetReference(triples);
        ref int pairSlots = ref MemoryMarshal.GetReference(pairs);
        Vector256<byte> cut = CutInHalves;
        Vector256<uint> factor = Vector256.Create(WindowTable.Hash(1));
        Vector128<uint> shift = Vector128.CreateScalar((uint)_shift);
        int tripleCount = 0;
        int pairCount = 0;
        int i = from;

        // The second four windows begin four bytes behind the first, and sixteen bytes are loaded for each.
        int last = Math.Min(to - Vector256<uint>.Count, data.Length - Vector128<uint>.Count - Vector128<byte>.Count);
        fixed (uint* words = _words)
        {
            for (; i <= last; i += Vector256<uint>.Count)
            {
                Vector256<uint> windows = Avx2.Shuffle(WindowTable.Fold(VectorData.LoadHalves(ref bytes, i, Vector128<uint>.Count)), cut).AsUInt32();
                Vector256<uint> at = Avx2.ShiftRightLogical((windows & Vector256.Create(WindowTable.PairMask)) * factor, shift);
                Vector256<uint> word = Avx2.GatherVector256(words, at.AsInt32(), sizeof(uint));
                Vector256<uint> classes = Vector256.Min(windows >>> 16 & Vector256.Create((uint)ClassMask), Vector256.Create((uint)LastClass));
                uint isTriple = (Avx2.ShiftRightLogicalVariable(word, classes) << 31).ExtractMostSignificantBits();
                tripleCount = PlaceList.AppendFew(isTriple, i, stride: 1, ref tripleSlots, tripleCount);
                pairCount = PlaceList.AppendFew(word.ExtractMostSignificantBits(), i, stride: 1, ref pairSlots, pairCount);
            }
        }

        from = i;
        return (tripleCount, pairCount);
    }

    /// <summary>Sixteen places at once: one permutation cuts their windows out, two gathers fetch their words.</summary>
    private unsafe (int Triples, int Pairs) CollectWide(ReadOnlySpan<byte> data, int from, int to, Span<int> triples, Span<int> pairs)
    {
        ref int tripleSlots = ref MemoryMarshal.GetReference(triples);
        ref int pairSlots = ref MemoryMarshal.GetReference(pairs);
        Vector512<byte> cut = Cut;
        Vector512<uint> factor = Vector512.Create(WindowTable.Hash(1));
        Vector128<uint> shift = Vector128.CreateScalar((uint)_shift);
        Vector512<int> places = Vector512.CreateSequence(from, 1);
        int tripleCount = 0;
        int pairCount = 0;
        fixed (uint* words = _words)
        {
            for (int i = from; i < to; i += PlacesAtOnce)
            {
                Vector512<uint> windows = Avx512Vbmi.PermuteVar64x8(WindowTable.Fold(VectorData.Load(data, i)), cut).AsUInt32();
                Vector512<int> at = Avx512F.ShiftRightLogical((windows & Vector512.Create(WindowTable.PairMask)) * factor, shift).AsInt32();
                Vector512<uint> word = VectorData.Gather(words, at);
                Vector512<uint> classes = Vector512.Min(windows >>> 16 & Vector512.Create((uint)ClassMask), Vector512.Create((uint)LastClass));
                Vector512<int> isTriple = (Avx512F.ShiftRightLogicalVariable(word, classes) << 31).AsInt32();
                Avx512F.Compress(Vector512<int>.Zero, isTriple >> 31, places).StoreUnsafe(ref Unsafe.Add(ref tripleSlots, tripleCount));
                Avx512F.Compress(Vector512<int>.Zero, word.AsInt32() >> 31, places).StoreUnsafe(ref Unsafe.Add(ref pairSlots, pairCount));
                ulong valid = to - i < PlacesAtOnce ? (1UL << (to - i)) - 1 : ulong.MaxValue;
                tripleCount += BitOperations.PopCount(isTriple.ExtractMostSignificantBits() & valid);
                pairCount += BitOperations.PopCount(word.ExtractMostSignificantBits() & valid);
                places += Vector512.Create(PlacesAtOnce);
            }
        }

        return (tripleCount, pairCount);
    }
}
