using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    // 2^32 divided by the golden ratio, for multiplicative hashing.
    private const uint Golden = 0x9E37_79B1;
    /// <summary>Most positions of one call of <see cref="ConfirmAll"/>.</summary>
    public const int MaxAtOnce = 64;

    private const int MinBucketBits = 4;
    private const int MaxBucketBits = 20;

    private readonly PatternPool _pool;
    private readonly int[] _starts;
    private readonly WindowEntry[] _entries;
    private readonly int _shift;

    public WindowTable(PatternPool pool, IReadOnlyList<WindowEntry> entries)
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
        scan.Counters.Candidates++;
        uint bucket = Hash(window) >> _shift;
        int first = _starts[bucket];
        int end = _starts[bucket + 1];
        return first == end || Compare(ref scan, position, window, _entries.AsSpan(first, end - first));
    }

    /// <summary>
    /// Reports the patterns whose windows are at several positions, in their order. A large table is not in the nearest cache,
    /// so each step of all positions is done before the next: the processor fetches many places at once.
    /// </summary>
    /// <returns>False if the sink wants no more.</returns>
    public bool ConfirmAll<TSink>(ref ScanState<TSink> scan, scoped Span<int> positions)
        where TSink : struct, IMatchSink
    {
        scan.Counters.Candidates += positions.Length;
        ref int starts = ref MemoryMarshal.GetArrayDataReference(_starts);
        Span<uint> buckets = stackalloc uint[MaxAtOnce];
        for (int i = 0; i < positions.Length; i++)
        {
            buckets[i] = Hash(WindowOf(scan.Data[positions[i]..])) >> _shift;
            Prefetch(ref Unsafe.Add(ref starts, buckets[i]));
        }

        int count = 0;
        for (int i = 0; i < positions.Length; i++)
        {
            int first = _starts[buckets[i]];
            if (first < _starts[buckets[i] + 1])
            {
                Prefetch(ref _entries[first]);
                positions[count] = positions[i];
                buckets[count++] = buckets[i];
            }
        }

        for (int i = 0; i < count; i++)
        {
            int first = _starts[buckets[i]];
            if (!Compare(ref scan, positions[i], WindowOf(scan.Data[positions[i]..]), _entries.AsSpan(first, _starts[buckets[i] + 1] - first)))
            {
                return false;
            }
        }

        return true;
    }

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
        foreach (ref readonly WindowEntry entry in bucket)
        {
            int start = position - entry.Offset;
            if (entry.Window != window || start < 0 || scan.Data.Length - start < entry.Length)
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
