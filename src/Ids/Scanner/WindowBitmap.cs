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
    private static readonly Vector512<byte> CutEvery = Cut(1);
    private static readonly Vector512<byte> CutEverySecond = Cut(2);

    private readonly uint[] _words;
    private readonly int _shift;
    private readonly int _stride;
    private readonly uint _mask;
    private readonly bool _useVectors;

    /// <param name="entries">Windows that will be set, roughly.</param>
    /// <param name="stride">Distance between places that are looked up: 1 or 2.</param>
    /// <param name="mask">The bytes of a window that count.</param>
    /// <param name="useVectors">Whether vectors of 512 bits may be used.</param>
    public WindowBitmap(int entries, int stride, uint mask, bool useVectors)
    {
        int bits = Math.Clamp(BitOperations.Log2((uint)entries + 1) + 1 + BitsForEntry, MinBits, MaxBits);
        _shift = 32 - bits;
        _words = new uint[1 << (bits - 5)];
        (_stride, _mask) = (stride, mask);
        _useVectors = useVectors && Avx512Vbmi.IsSupported && Avx2.IsSupported;
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
        if (_useVectors)
        {
            return CollectWide(data, from, to, places);
        }

        int count = 0;
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

    private static Vector512<byte> Cut(int stride)
    {
        Span<byte> indices = stackalloc byte[Vector512<byte>.Count];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = (byte)(i / Window * stride + i % Window);
        }

        return Vector512.Create<byte>(indices);
    }
}
