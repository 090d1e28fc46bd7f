using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <summary>
/// The filter of small sets. Strings are divided over buckets; for each of four neighbouring bytes two tables of sixteen say
/// which buckets allow its low and its high nibble, and a shuffle looks up 32 bytes at once. A position is a candidate if
/// some bucket allows all eight nibbles. One plane has eight buckets, two have sixteen.
/// </summary>
internal sealed class NibbleFilter
{
    /// <summary>Strings up to which the filter says no often enough.</summary>
    public const int MaxEntries = 128;

    private const int Window = 4;
    private const int BucketsInPlane = 8;
    private const int OnePlaneEntries = 16;
    private const byte LowNibble = 0x0F;
    private const byte CaseBit = 0x20;

    private readonly WindowTable _table;
    private readonly bool _useVectors;
    private readonly int _planes;

    // Buckets that allow a byte value at each of the four places; the scalar body reads these.
    private readonly ushort[] _allowed = new ushort[Window * 256];

    // The same by nibbles: for each plane and place sixteen bytes for the low nibble, sixteen for the high one, twice over
    // because a 256-bit shuffle works on two halves.
    private readonly Vector256<byte>[] _nibbles;

    public NibbleFilter(WindowTable table, IReadOnlyList<WindowEntry> entries, PatternPool pool, bool useVectors)
    {
        _table = table;
        _useVectors = useVectors && Avx2.IsSupported;
        _planes = entries.Count <= OnePlaneEntries ? 1 : 2;
        int buckets = _planes * BucketsInPlane;
        byte[] tables = new byte[_planes * Window * 2 * 16];

        // Neighbours in order share nibbles, so that a bucket of neighbours allows little beside its own strings.
        WindowEntry[] sorted = [.. entries.OrderBy(entry => entry.Window)];
        for (int i = 0; i < sorted.Length; i++)
        {
            int bucket = (int)((long)i * buckets / sorted.Length);
            WindowEntry entry = sorted[i];
            ReadOnlySpan<byte> bytes = pool.Bytes(entry.Pattern).Slice(entry.Offset, Window);
            for (int place = 0; place < Window; place++)
            {
                Allow(tables, bucket, place, bytes[place]);
                if (pool.IsNoCase(entry.Pattern) && AsciiCase.IsLetter(bytes[place]))
                {
                    Allow(tables, bucket, place, (byte)(bytes[place] ^ CaseBit));
                }
            }
        }

        _nibbles = new Vector256<byte>[tables.Length / 16];
        for (int i = 0; i < _nibbles.Length; i++)
        {
            var half = Vector128.Create<byte>(tables.AsSpan(i * 16, 16));
            _nibbles[i] = Vector256.Create(half, half);
        }

        FillAllowed(tables);
    }

    public long MemoryBytes => _allowed.Length * sizeof(ushort) + _nibbles.Length * 32;

    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        if (!_useVectors || scan.Data.Length < Vector256<byte>.Count + Window - 1)
        {
            return ScanScalar(ref scan);
        }

        return _planes == 1 ? ScanOnePlane(ref scan) : ScanTwoPlanes(ref scan);
    }

    private static int TableOf(int plane, int place, bool high) => ((plane * Window + place) * 2 + (high ? 1 : 0)) * 16;

    private static void Allow(byte[] tables, int bucket, int place, byte value)
    {
        int plane = bucket / BucketsInPlane;
        byte bit = (byte)(1 << (bucket % BucketsInPlane));
        tables[TableOf(plane, place, high: false) + (value & LowNibble)] |= bit;
        tables[TableOf(plane, place, high: true) + (value >> 4)] |= bit;
    }

    private void FillAllowed(byte[] tables)
    {
        for (int place = 0; place < Window; place++)
        {
            for (int value = 0; value < 256; value++)
            {
                for (int plane = 0; plane < _planes; plane++)
                {
                    int buckets = tables[TableOf(plane, place, high: false) + (value & LowNibble)] & tables[TableOf(plane, place, high: true) + (value >> 4)];
                    _allowed[place * 256 + value] |= (ushort)(buckets << (plane * BucketsInPlane));
                }
            }
        }
    }

    private bool ScanScalar<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ReadOnlySpan<byte> data = scan.Data;
        ushort[] allowed = _allowed;
        for (int i = 0; i + Window <= data.Length; i++)
        {
            int buckets = allowed[data[i]] & allowed[256 + data[i + 1]] & allowed[512 + data[i + 2]] & allowed[768 + data[i + 3]];
            if (buckets != 0 && !_table.Confirm(ref scan, i, WindowTable.WindowOf(data[i..])))
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
            if (found != Vector256<byte>.Zero && !ConfirmAll(ref scan, found, i, next))
            {
                return false;
            }

            next = i + Vector256<byte>.Count;
        }

        return true;
    }

    private bool ScanTwoPlanes<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ref byte bytes = ref MemoryMarshal.GetReference(scan.Data);
        ReadOnlySpan<Vector256<byte>> t = _nibbles.AsSpan(0, 16);
        int last = LastVector(scan.Data);
        int next = 0;
        for (int i = 0; next <= last + Vector256<byte>.Count - 1; i = Math.Min(next, last))
        {
            Vector256<byte> found = (Place(ref bytes, i, t[0], t[1]) & Place(ref bytes, i + 1, t[2], t[3])
                    & Place(ref bytes, i + 2, t[4], t[5]) & Place(ref bytes, i + 3, t[6], t[7]))
                | (Place(ref bytes, i, t[8], t[9]) & Place(ref bytes, i + 1, t[10], t[11])
                    & Place(ref bytes, i + 2, t[12], t[13]) & Place(ref bytes, i + 3, t[14], t[15]));
            if (found != Vector256<byte>.Zero && !ConfirmAll(ref scan, found, i, next))
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
    private bool ConfirmAll<TSink>(ref ScanState<TSink> scan, Vector256<byte> found, int at, int from)
        where TSink : struct, IMatchSink
    {
        uint positions = ~Vector256.Equals(found, Vector256<byte>.Zero).ExtractMostSignificantBits();
        positions &= uint.MaxValue << (from - at);
        for (; positions != 0; positions &= positions - 1)
        {
            int position = at + BitOperations.TrailingZeroCount(positions);
            if (!_table.Confirm(ref scan, position, WindowTable.WindowOf(scan.Data[position..])))
            {
                return false;
            }
        }

        return true;
    }
}
