using System.Numerics;
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

    private readonly WindowTable? _table;
    private readonly ShortTable? _shorts;
    private readonly int _vectorBits;
    private readonly int _planes;

    // Places that any string looks at; those behind allow everything.
    private readonly int _places;

    // Buckets that allow a byte value at each of the four places; the scalar body reads these.
    private readonly uint[] _allowed = new uint[Window * 256];

    // For each plane and place the table of the low nibble and that of the high one, as often as a vector has sixteen bytes.
    private readonly Vector256<byte>[] _nibbles;
    private readonly Vector512<byte>[] _wide;

    private NibbleFilter(PatternPool pool, WindowTable? table, IReadOnlyList<WindowEntry> windows, IReadOnlyList<WindowEntry> triples, IReadOnlyList<WindowEntry> pairs, int maxVectorBits)
    {
        _table = table;
        _shorts = ShortTable.Create(pool, triples, pairs);
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

    public long MemoryBytes => _allowed.Length * sizeof(uint) + _nibbles.Length * 32L + _wide.Length * 64L + (_shorts?.MemoryBytes ?? 0);

    /// <summary>Strings up to which the filter says no often enough.</summary>
    public static int MaxEntries(int maxVectorBits) => VectorBits(maxVectorBits) == 512 ? FourPlaneEntries : TwoPlaneEntries;

    /// <summary>The filter of such patterns, null if there are none.</summary>
    public static NibbleFilter? Create(PatternPool pool, WindowTable? table, IReadOnlyList<WindowEntry> windows, IReadOnlyList<WindowEntry> triples, IReadOnlyList<WindowEntry> pairs, int maxVectorBits) =>
        windows.Count + triples.Count + pairs.Count > 0 ? new NibbleFilter(pool, table, windows, triples, pairs, maxVectorBits) : null;

    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        bool goesOn = _vectorBits == 512 && scan.Data.Length >= Vector512<byte>.Count + Window - 1 ? ScanWide(ref scan)
            : _vectorBits == 0 || scan.Data.Length < Vector256<byte>.Count + Window - 1 ? ScanScalar(ref scan)
            : _planes == 1 ? ScanOnePlane(ref scan)
            : ScanTwoPlanes(ref scan);
        return goesOn && (_shorts is null || ScanEnd(ref scan, _shorts));
    }

    private static int VectorBits(int most) =>
        most >= 512 && Avx512BW.IsSupported ? 512 : most >= 256 && Avx2.IsSupported ? 256 : 0;

    /// <summary>A plane more costs as much as the first one; a candidate costs far more. So: the fewest planes that rarely say yes in vain.</summary>
    private static NibbleTables Smallest(PatternPool pool, IReadOnlyList<WindowEntry> windows, IReadOnlyList<WindowEntry> triples, IReadOnlyList<WindowEntry> pairs, int vectorBits)
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

    private bool ScanScalar<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ReadOnlySpan<byte> data = scan.Data;
        uint[] allowed = _allowed;
        for (int i = 0; i + Window <= data.Length; i++)
        {
            uint buckets = allowed[data[i]] & allowed[256 + data[i + 1]] & allowed[512 + data[i + 2]] & allowed[768 + data[i + 3]];
            if (buckets != 0 && !Confirm(ref scan, i))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Strings of two and three bytes may begin where four bytes are no longer left.</summary>
    private static bool ScanEnd<TSink>(ref ScanState<TSink> scan, ShortTable shorts)
        where TSink : struct, IMatchSink
    {
        for (int i = Math.Max(0, scan.Data.Length - (Window - 1)); i < scan.Data.Length - 1; i++)
        {
            if (!shorts.Confirm(ref scan, i))
            {
                return false;
            }
        }

        return true;
    }

    private bool ScanOnePlane<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ref byte bytes = ref MemoryMarshal.GetReference(scan.Data);
        ReadOnlySpan<Vector256<byte>> t = _nibbles.AsSpan(0, 8);
        Vector256<byte> t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], t4 = t[4], t5 = t[5], t6 = t[6], t7 = t[7];
        int last = LastVector(scan.Data);
        int next = 0;
        for (int i = 0; next <= last + Vector256<byte>.Count - 1; i = Math.Min(next, last))
        {
            Vector256<byte> found = Place(ref bytes, i, t0, t1) & Place(ref bytes, i + 1, t2, t3)
                & Place(ref bytes, i + 2, t4, t5) & Place(ref bytes, i + 3, t6, t7);
            if (found != Vector256<byte>.Zero && !ConfirmAll(ref scan, ~Vector256.Equals(found, Vector256<byte>.Zero).ExtractMostSignificantBits(), i, next))
            {
                return false;
            }

            next = i + Vector256<byte>.Count;
        }

        return true;
    }

    // With 256 bits there are never four planes: sixteen registers hold no more tables than two have.
    private bool ScanTwoPlanes<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ref byte bytes = ref MemoryMarshal.GetReference(scan.Data);
        ReadOnlySpan<Vector256<byte>> t = _nibbles;
        int last = LastVector(scan.Data);
        int next = 0;
        for (int i = 0; next <= last + Vector256<byte>.Count - 1; i = Math.Min(next, last))
        {
            Vector256<byte> found = Vector256<byte>.Zero;
            for (int plane = 0; plane < t.Length; plane += 2 * Window)
            {
                found |= Place(ref bytes, i, t[plane], t[plane + 1]) & Place(ref bytes, i + 1, t[plane + 2], t[plane + 3])
                    & Place(ref bytes, i + 2, t[plane + 4], t[plane + 5]) & Place(ref bytes, i + 3, t[plane + 6], t[plane + 7]);
            }

            if (found != Vector256<byte>.Zero && !ConfirmAll(ref scan, ~Vector256.Equals(found, Vector256<byte>.Zero).ExtractMostSignificantBits(), i, next))
            {
                return false;
            }

            next = i + Vector256<byte>.Count;
        }

        return true;
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

    /// <summary>Confirms the candidates of one vector at or behind <paramref name="from"/>; those before were seen already.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ConfirmAll<TSink>(ref ScanState<TSink> scan, ulong positions, int at, int from)
        where TSink : struct, IMatchSink
    {
        positions &= ulong.MaxValue << (from - at);
        for (; positions != 0; positions &= positions - 1)
        {
            if (!Confirm(ref scan, at + BitOperations.TrailingZeroCount(positions)))
            {
                return false;
            }
        }

        return true;
    }

    private bool Confirm<TSink>(ref ScanState<TSink> scan, int position)
        where TSink : struct, IMatchSink =>
        (_table is null || _table.Confirm(ref scan, position, WindowTable.WindowOf(scan.Data[position..])))
        && (_shorts is null || _shorts.Confirm(ref scan, position));
}
