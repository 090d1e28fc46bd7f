using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <summary>
/// Confirms candidates: from the window at a position to the patterns that have it, each then compared whole. Windows are
/// kept so that the case of letters does not matter, by three instructions for eight bytes that confuse a few other bytes too.
/// </summary>
internal sealed class WindowTable
{
    // Letters are among the bytes 0x40 to 0x7F and, regardless of the highest bit, only there bit 0x20 is the case.
    private const ulong LetterRange = 0x4040_4040_4040_4040;

    /// <summary>The three bytes in front of a window.</summary>
    public const uint TripleMask = 0x00FF_FFFF;

    /// <summary>The two bytes in front of a window.</summary>
    public const uint PairMask = 0x0000_FFFF;

    /// <summary>Bytes that are still different when the case does not matter.</summary>
    public const int Neighbours = 192;

    // 2^32 divided by the golden ratio, for multiplicative hashing.
    private const uint Golden = 0x9E37_79B1;

    // What the first-level cache has room for beside everything else.
    private const int NearBytes = 16 << 10;
    private const int MinBucketBits = 4;
    private const int MaxBucketBits = 20;

    private readonly PatternPool _pool;
    private readonly int[] _starts;
    private readonly WindowEntry[] _entries;
    private readonly int _shift;

    public WindowTable(PatternPool pool, List<WindowEntry> entries)
    {
        _pool = pool;
        int bits = Math.Clamp(BitOperations.Log2((uint)entries.Count + 1) + 1, MinBucketBits, MaxBucketBits);
        _shift = 32 - bits;
        _starts = new int[(1 << bits) + 1];
        foreach (WindowEntry entry in entries)
        {
            _starts[(Hash(entry.Window) >> _shift) + 1]++;
        }

        for (int i = 1; i < _starts.Length; i++)
        {
            _starts[i] += _starts[i - 1];
        }

        _entries = new WindowEntry[entries.Count];
        int[] next = _starts[..^1];
        foreach (WindowEntry entry in entries)
        {
            _entries[next[Hash(entry.Window) >> _shift]++] = entry;
        }
    }

    public long MemoryBytes => _starts.Length * sizeof(int) + (long)_entries.Length * Unsafe.SizeOf<WindowEntry>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Hash(uint window) => window * Golden;

    /// <summary>Makes eight bytes blind to the case of letters: sets bit 0x20 of each that has bit 0x40.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Fold(ulong bytes) => bytes | (bytes & LetterRange) >> 1;

    /// <summary>The same for four bytes.</summary>
    public static uint Fold(uint bytes) => (uint)Fold((ulong)bytes);

    /// <summary>Key of the four bytes at the front of <paramref name="bytes"/>.</summary>
    public static uint WindowOf(ReadOnlySpan<byte> bytes) => Fold(BinaryPrimitives.ReadUInt32LittleEndian(bytes));

    /// <summary>The same from data that may end before the window does; what is missing counts as zero.</summary>
    public static uint WindowAt(ReadOnlySpan<byte> data, int position)
    {
        if (position + sizeof(uint) <= data.Length)
        {
            return WindowOf(data[position..]);
        }

        uint window = 0;
        for (int i = position; i < data.Length; i++)
        {
            window |= (uint)data[i] << (8 * (i - position));
        }

        return Fold(window);
    }

    /// <summary>Key of the three bytes at the front of <paramref name="bytes"/>.</summary>
    public static uint TripleOf(ReadOnlySpan<byte> bytes) => WindowAt(bytes, 0) & TripleMask;

    /// <summary>Key of the two bytes at the front of <paramref name="bytes"/>.</summary>
    public static uint PairOf(ReadOnlySpan<byte> bytes) => WindowAt(bytes, 0) & PairMask;

    /// <summary>Reports the patterns whose window is at <paramref name="position"/>.</summary>
    /// <returns>False if the sink wants no more.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Confirm<TSink>(ref ScanState<TSink> scan, int position, uint window)
        where TSink : struct, IMatchSink
    {
        uint bucket = Hash(window) >> _shift;
        int first = _starts[bucket];
        int end = _starts[bucket + 1];
        return first == end || Compare(ref scan, position, window, _entries.AsSpan(first, end - first));
    }

    /// <summary>True if the first step of a lookup need not be asked for early.</summary>
    public bool IsNear => _starts.Length * sizeof(int) <= NearBytes;

    /// <summary>Asks for the line of a window's bucket.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchBucket(uint window) => Prefetch(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_starts), Hash(window) >> _shift));

    /// <summary>Asks for the patterns in a window's bucket.</summary>
    /// <returns>False if it has none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Prefetch(uint window)
    {
        // The hash has as many bits as the table, and no bucket begins behind the entries.
        ref int start = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_starts), Hash(window) >> _shift);
        Prefetch(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_entries), start));
        return start != Unsafe.Add(ref start, 1);
    }

    /// <summary>The key of the four bytes at a place, which the caller knows to be there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Load(ref byte bytes, int at)
    {
        uint value = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref bytes, at));
        return Fold(BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value));
    }

    /// <summary>Makes 64 bytes blind to the case of letters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Fold(Vector512<byte> bytes) => bytes | ((bytes & Vector512.Create((byte)0x40)).AsUInt16() >>> 1).AsByte();

    private static unsafe void Prefetch<T>(ref T place)
    {
        if (Sse.IsSupported)
        {
            // A hint: it cannot fault, and the address need not stay valid.
            Sse.Prefetch0(Unsafe.AsPointer(ref place));
        }
    }

    private bool Compare<TSink>(ref ScanState<TSink> scan, int position, uint window, ReadOnlySpan<WindowEntry> bucket)
        where TSink : struct, IMatchSink
    {
        ref byte bytes = ref MemoryMarshal.GetReference(scan.Data);
        foreach (ref readonly WindowEntry entry in bucket)
        {
            // The check lies inside the pattern, and so inside the data if the pattern does.
            int start = position - entry.Offset;
            if (entry.Window != window || start < 0 || scan.Data.Length - start < entry.Length
                || (entry.Length >= sizeof(uint) && Load(ref bytes, start + entry.CheckOffset) != entry.Check))
            {
                continue;
            }

            scan.Counters.Comparisons++;
            if (_pool.Matches(in entry, scan.Data.Slice(start, entry.Length)) && !scan.Report(entry.Pattern, start + entry.Length))
            {
                return false;
            }
        }

        return true;
    }
}
