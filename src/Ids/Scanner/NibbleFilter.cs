using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <summary>
/// The filter of small sets. Strings are divided over buckets; for each of four neighbouring bytes two tables of sixteen say
/// which buckets allow its low and its high nibble, and a shuffle looks up 32 or 64 bytes at once. A position is a candidate if
/// some bucket allows all eight nibbles. A plane has eight buckets, and there are one, two or four of them.
/// </summary>
internal sealed partial class NibbleFilter
{
    /// <summary>Strings of two bytes up to which they are worth tables of their own beside another filter.</summary>
    public const int MaxPairs = 64;

    private const int Window = NibbleTables.Places;
    private const double RarelyEnough = 1.0 / 2000;
    private const int TwoPlaneEntries = 128;
    private const int FourPlaneEntries = 320;
    private const byte LowNibble = 0x0F;

    // Positions of one round.
    private const int Chunk = 1024;

    private readonly CandidateTable _candidates;
    private readonly int _vectorBits;
    private readonly int _planes;

    // Places that any string looks at; those behind allow everything.
    private readonly int _places;

    // Buckets that allow a byte value at each of the four places; the scalar body reads these.
    private readonly uint[] _allowed = new uint[Window * 256];

    // For each plane and place the table of the low nibble and that of the high one, as often as a vector has sixteen bytes.
    private readonly Vector256<byte>[] _nibbles;
    private readonly Vector512<byte>[] _wide;

    private NibbleFilter(PatternPool pool, MatcherPlan plan, List<WindowEntry> windows, List<WindowEntry> triples, List<WindowEntry> pairs, int maxVectorBits)
    {
        _candidates = new CandidateTable(pool, plan, windows, triples, pairs);
        _vectorBits = VectorBits(maxVectorBits);
        _places = windows.Count > 0 ? 4 : triples.Count > 0 ? 3 : 2;
        NibbleTables tables = Smallest(pool, windows, triples, pairs, _vectorBits);
        _planes = tables.Planes;
        _nibbles = new Vector256<byte>[_planes * Window * 2];
        _wide = new Vector512<byte>[_vectorBits < 512 ? 0 : _nibbles.Length];
        for (int i = 0; i < _nibbles.Length; i++)
        {
            var quarter = Vector128.Create(tables.Table(i / (2 * Window), i / 2 % Window, high: i % 2 == 1));
            _nibbles[i] = Vector256.Create(quarter, quarter);
            if (_wide.Length > 0)
            {
                _wide[i] = Vector512.Create(_nibbles[i], _nibbles[i]);
            }
        }

        for (int i = 0; i < _allowed.Length; i++)
        {
            _allowed[i] = tables.Allowed(i >> 8, (byte)i);
        }
    }

    public long MemoryBytes => _allowed.Length * sizeof(uint) + _nibbles.Length * 32L + _wide.Length * 64L + _candidates.MemoryBytes;

    /// <summary>Strings up to which the filter says no often enough.</summary>
    public static int MaxEntries(int maxVectorBits) => VectorBits(maxVectorBits) == 512 ? FourPlaneEntries : TwoPlaneEntries;

    /// <summary>The filter of such patterns, null if there are none.</summary>
    public static NibbleFilter? Create(PatternPool pool, MatcherPlan plan, List<WindowEntry> windows, List<WindowEntry> triples, List<WindowEntry> pairs, int maxVectorBits) =>
        windows.Count + triples.Count + pairs.Count > 0 ? new NibbleFilter(pool, plan, windows, triples, pairs, maxVectorBits) : null;

    [SkipLocalsInit]
    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        Span<int> places = stackalloc int[Chunk + PlaceList.Ahead];
        ReadOnlySpan<byte> data = scan.Data;
        int end = data.Length - (Window - 1);
        int count;
        for (int from = 0; from < end; from += Chunk)
        {
            int to = Math.Min(from + Chunk, end);
            count = _vectorBits == 512 && data.Length >= Vector512<byte>.Count + Window - 1 ? CollectWide(data, from, to, places)
                : _vectorBits == 0 || data.Length < Vector256<byte>.Count + Window - 1 ? CollectScalar(data, from, to, places)
                : _planes == 1 ? CollectOnePlane(data, from, to, places)
                : CollectPlanes(data, from, to, places);
            if (count > 0 && !_candidates.Confirm(ref scan, places[..count]))
            {
                return false;
            }
        }

        // Strings of two and three bytes may begin where four bytes are no longer left.
        count = 0;
        for (int i = Math.Max(0, end); i <= data.Length - _candidates.ShortestLength; i++)
        {
            places[count++] = i;
        }

        return _candidates.Confirm(ref scan, places[..count]);
    }

    private static int VectorBits(int most) =>
        most >= 512 && Avx512BW.IsSupported ? 512 : most >= 256 && Avx2.IsSupported ? 256 : 0;

    /// <summary>A plane more costs as much as the first one; a candidate costs far more. So: the fewest planes that rarely say yes in vain.</summary>
    private static NibbleTables Smallest(PatternPool pool, List<WindowEntry> windows, List<WindowEntry> triples, List<WindowEntry> pairs, int vectorBits)
    {
        for (int planes = 1; ; planes *= 2)
        {
            var tables = new NibbleTables(planes, pool, windows, triples, pairs);
            if (tables.Cost <= RarelyEnough || planes == (vectorBits == 512 ? 4 : 2))
            {
                return tables;
            }
        }
    }

    private int CollectScalar(ReadOnlySpan<byte> data, int from, int to, Span<int> places)
    {
        uint[] allowed = _allowed;
        int count = 0;
        for (int i = from; i < to; i++)
        {
            uint buckets = allowed[data[i]] & allowed[256 + data[i + 1]] & allowed[512 + data[i + 2]] & allowed[768 + data[i + 3]];
            places[count] = i;
            count += buckets != 0 ? 1 : 0;
        }

        return count;
    }

    private int CollectOnePlane(ReadOnlySpan<byte> data, int from, int to, Span<int> places)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref int slots = ref MemoryMarshal.GetReference(places);
        ReadOnlySpan<Vector256<byte>> t = _nibbles.AsSpan(0, 8);
        Vector256<byte> t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], t4 = t[4], t5 = t[5], t6 = t[6], t7 = t[7];
        int last = LastVector(data);
        int count = 0;
        for (int next = from; next < to; next += Vector256<byte>.Count)
        {
            int i = Math.Min(next, last);
            Vector256<byte> found = Place(ref bytes, i, t0, t1) & Place(ref bytes, i + 1, t2, t3)
                & Place(ref bytes, i + 2, t4, t5) & Place(ref bytes, i + 3, t6, t7);
            count = Append(~Vector256.Equals(found, Vector256<byte>.Zero).ExtractMostSignificantBits(), i, next, to, ref slots, count);
        }

        return count;
    }

    // With 256 bits there are never four planes: sixteen registers hold no more tables than two have.
    private int CollectPlanes(ReadOnlySpan<byte> data, int from, int to, Span<int> places)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref int slots = ref MemoryMarshal.GetReference(places);
        ReadOnlySpan<Vector256<byte>> t = _nibbles;
        int last = LastVector(data);
        int count = 0;
        for (int next = from; next < to; next += Vector256<byte>.Count)
        {
            int i = Math.Min(next, last);
            Vector256<byte> found = Vector256<byte>.Zero;
            for (int plane = 0; plane < t.Length; plane += 2 * Window)
            {
                found |= Place(ref bytes, i, t[plane], t[plane + 1]) & Place(ref bytes, i + 1, t[plane + 2], t[plane + 3])
                    & Place(ref bytes, i + 2, t[plane + 4], t[plane + 5]) & Place(ref bytes, i + 3, t[plane + 6], t[plane + 7]);
            }

            count = Append(~Vector256.Equals(found, Vector256<byte>.Zero).ExtractMostSignificantBits(), i, next, to, ref slots, count);
        }

        return count;
    }

    // The last vector that still has its three following bytes inside the data; it may overlap the one before.
    private static int LastVector(ReadOnlySpan<byte> data) => data.Length - (Vector256<byte>.Count + Window - 1);

    // The caller's bound on `at` keeps the load inside the data.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Place(ref byte bytes, int at, Vector256<byte> low, Vector256<byte> high)
    {
        var input = Vector256.LoadUnsafe(ref bytes, (nuint)at);
        Vector256<byte> mask = Vector256.Create(LowNibble);
        return Avx2.Shuffle(low, input & mask) & Avx2.Shuffle(high, Avx2.ShiftRightLogical(input.AsUInt16(), 4).AsByte() & mask);
    }

    /// <summary>Adds the candidates of one vector from <paramref name="next"/> to <paramref name="to"/>; those before were seen already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Append(ulong bits, int at, int next, int to, ref int slots, int count)
    {
        bits &= ulong.MaxValue << (next - at);
        return PlaceList.Append(to - at < 64 ? bits & (1UL << (to - at)) - 1 : bits, at, ref slots, count);
    }
}
