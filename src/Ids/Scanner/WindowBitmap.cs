using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <summary>
/// A bitmap over hashes of windows of up to four bytes, looked up at every place of the data or at every second one. Places are
/// collected without a branch for each, so that the cost hardly depends on how many say yes.
/// </summary>
internal sealed class WindowBitmap
{
    /// <summary>Bytes that are loaded for a window.</summary>
    public const int Window = sizeof(uint);

    // One set bit in about 64, but never more than the second-level cache holds beside everything else.
    private const int BitsForEntry = 6;
    private const int MinBits = 13;
    private const int MaxBits = 21;
    private const int PlacesAtOnce = 16;

    // Which bytes of a vector make sixteen windows, at every place and at every second.
    private static readonly Vector256<byte> HalvesEvery = VectorData.CutInHalves(1);
    private static readonly Vector256<byte> HalvesEverySecond = VectorData.CutInHalves(2);
    private static readonly Vector512<byte> CutEvery = VectorData.Cut(1);
    private static readonly Vector512<byte> CutEverySecond = VectorData.Cut(2);

    private readonly uint[] _words;
    private readonly int _shift;
    private readonly int _stride;
    private readonly uint _mask;
    private readonly bool _useVectors;
    private readonly bool _useWide;

    /// <param name="entries">Windows that will be set, roughly.</param>
    /// <param name="stride">Distance between places that are looked up: 1 or 2.</param>
    /// <param name="mask">The bytes of a window that count.</param>
    /// <param name="maxVectorBits">Widest vectors that may be used.</param>
    public WindowBitmap(int entries, int stride, uint mask, int maxVectorBits)
    {
        int bits = Math.Clamp(BitOperations.Log2((uint)entries + 1) + 1 + BitsForEntry, MinBits, MaxBits);
        _shift = 32 - bits;
        _words = new uint[1 << (bits - 5)];
        (_stride, _mask) = (stride, mask);
        _useVectors = maxVectorBits >= 256 && Avx2.IsSupported;
        _useWide = maxVectorBits >= 512 && Avx512Vbmi.IsSupported && Avx2.IsSupported;
    }

    public long MemoryBytes => _words.Length * sizeof(uint);

    /// <summary>Adds a window, in which only bytes that count are set.</summary>
    public void Set(uint window)
    {
        uint hash = WindowTable.Hash(window) >> _shift;
        _words[hash >> 5] |= 1u << (int)(hash & 31);
    }

    /// <summary>Collects the places whose window is in the bitmap.</summary>
    /// <param name="data">All data.</param>
    /// <param name="from">First place.</param>
    /// <param name="to">End of the places; a window's bytes are there from each before it.</param>
    /// <param name="places">Receives them: room for all and <see cref="PlaceList.Ahead"/> more.</param>
    /// <returns>Places found.</returns>
    public int Collect(ReadOnlySpan<byte> data, int from, int to, Span<int> places)
    {
        if (_useWide)
        {
            return CollectWide(data, from, to, places);
        }

        int count = _useVectors ? CollectNarrow(data, ref from, to, places) : 0;
        ref uint words = ref MemoryMarshal.GetArrayDataReference(_words);
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref int slots = ref MemoryMarshal.GetReference(places);
        for (int i = from; i < to; i += _stride)
        {
            // Windows end inside the data, the hash has as many bits as the bitmap, and there is a slot for each place.
            uint hash = WindowTable.Hash(WindowTable.Load(ref bytes, i) & _mask) >> _shift;
            Unsafe.Add(ref slots, count) = i;
            count += (int)(Unsafe.Add(ref words, hash >> 5) >> (int)(hash & 31) & 1);
        }

        return count;
    }

    /// <summary>Eight places at once: a shuffle cuts their windows out, a gather fetches their words.</summary>
    /// <returns>Places found. The first place is set behind those that were looked at.</returns>
    private unsafe int CollectNarrow(ReadOnlySpan<byte> data, ref int from, int to, Span<int> places)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref int slots = ref MemoryMarshal.GetReference(places);
        int stride = _stride;
        Vector256<byte> cut = stride == 1 ? HalvesEvery : HalvesEverySecond;
        Vector256<uint> factor = Vector256.Create(WindowTable.Hash(1));
        Vector256<uint> mask = Vector256.Create(_mask);
        Vector128<uint> shift = Vector128.CreateScalar((uint)_shift);
        int half = Vector128<uint>.Count * stride;
        int count = 0;
        int i = from;

        // The second half of the places begins so far behind the first, and sixteen bytes are loaded for each.
        int last = Math.Min(to - 2 * half, data.Length - half - Vector128<byte>.Count);
        fixed (uint* words = _words)
        {
            for (; i <= last; i += 2 * half)
            {
                Vector256<uint> windows = Avx2.Shuffle(WindowTable.Fold(VectorData.LoadHalves(ref bytes, i, half)), cut).AsUInt32() & mask;
                Vector256<uint> hashes = Avx2.ShiftRightLogical(windows * factor, shift);
                Vector256<uint> bits = Avx2.GatherVector256(words, (hashes >>> 5).AsInt32(), sizeof(uint));
                uint hits = (Avx2.ShiftRightLogicalVariable(bits, hashes & Vector256.Create(31u)) << 31).ExtractMostSignificantBits();
                count = PlaceList.AppendFew(hits, i, stride, ref slots, count);
            }
        }

        from = i;
        return count;
    }

    /// <summary>Moves those of a list to the front whose window is in the bitmap.</summary>
    /// <param name="data">All data.</param>
    /// <param name="places">Places from which four bytes are there.</param>
    /// <returns>How many these are.</returns>
    public int Sift(ReadOnlySpan<byte> data, Span<int> places)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref uint words = ref MemoryMarshal.GetArrayDataReference(_words);
        ref int kept = ref MemoryMarshal.GetReference(places);
        (int shift, uint mask) = (_shift, _mask);
        int count = 0;
        foreach (int place in places)
        {
            // The hash has as many bits as the bitmap, and no more are written than were read.
            uint hash = WindowTable.Hash(WindowTable.Load(ref bytes, place) & mask) >> shift;
            Unsafe.Add(ref kept, count) = place;
            count += (int)(Unsafe.Add(ref words, hash >> 5) >> (int)(hash & 31) & 1);
        }

        return count;
    }

    /// <summary>Sixteen places at once: one permutation cuts their windows out, two gathers fetch their words.</summary>
    private unsafe int CollectWide(ReadOnlySpan<byte> data, int from, int to, Span<int> places)
    {
        ref int slots = ref MemoryMarshal.GetReference(places);
        Vector512<byte> cut = _stride == 1 ? CutEvery : CutEverySecond;
        Vector512<int> steps = Vector512.CreateSequence(0, _stride);
        Vector512<uint> factor = Vector512.Create(WindowTable.Hash(1));
        Vector512<uint> mask = Vector512.Create(_mask);
        Vector128<uint> shift = Vector128.CreateScalar((uint)_shift);
        int forward = PlacesAtOnce * _stride;
        int found = 0;
        int i = from;
        fixed (uint* words = _words)
        {
            for (; i < to; i += forward)
            {
                Vector512<uint> windows = Avx512Vbmi.PermuteVar64x8(WindowTable.Fold(VectorData.Load(data, i)), cut).AsUInt32() & mask;
                Vector512<uint> hashes = Avx512F.ShiftRightLogical(windows * factor, shift);
                Vector512<int> at = (hashes >>> 5).AsInt32();
                Vector512<uint> bits = VectorData.Gather(words, at);
                Vector512<int> hit = (Avx512F.ShiftRightLogicalVariable(bits, hashes & Vector512.Create(31u)) << 31).AsInt32();
                Avx512F.Compress(Vector512<int>.Zero, hit >> 31, Vector512.Create(i) + steps).StoreUnsafe(ref Unsafe.Add(ref slots, found));
                ulong hits = hit.ExtractMostSignificantBits();
                int valid = (to - i + _stride - 1) / _stride;
                found += BitOperations.PopCount(valid < PlacesAtOnce ? hits & (1UL << valid) - 1 : hits);
            }
        }

        return found;
    }
}
