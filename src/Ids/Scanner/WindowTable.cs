using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Weft.Ids;

/// <summary>One string under the window that stands for it.</summary>
/// <param name="Window">Its key bytes with the case bits set; four bytes or two.</param>
/// <param name="Pattern">Number of the pattern.</param>
/// <param name="Offset">Where the window begins in the pattern.</param>
/// <param name="Length">Bytes of the pattern.</param>
internal readonly record struct WindowEntry(uint Window, int Pattern, int Offset, int Length);

/// <summary>
/// Confirms candidates: from the window at a position to the patterns that have it, each then compared whole. Windows are
/// kept with bit 0x20 of every byte set, which costs nothing to compute and is blind to the case of letters.
/// </summary>
internal sealed class WindowTable
{
    /// <summary>Bit 0x20 of four bytes.</summary>
    public const uint CaseBits = 0x2020_2020;

    /// <summary>Bit 0x20 of two bytes.</summary>
    public const uint PairCaseBits = 0x2020;

    // 2^32 divided by the golden ratio, for multiplicative hashing.
    private const uint Golden = 0x9E37_79B1;
    private const int MinBucketBits = 4;
    private const int MaxBucketBits = 20;

    private readonly PatternPool _pool;
    private readonly int[] _starts;
    private readonly WindowEntry[] _entries;
    private readonly int _shift;

    public WindowTable(PatternPool pool, IReadOnlyList<WindowEntry> entries)
    {
        _pool = pool;
        int bits = Math.Clamp(BitOperations.Log2((uint)entries.Count + 1) + 2, MinBucketBits, MaxBucketBits);
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

    /// <summary>Key of the four bytes at the front of <paramref name="bytes"/>.</summary>
    public static uint WindowOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes) | CaseBits;

    /// <summary>Key of the two bytes at the front of <paramref name="bytes"/>.</summary>
    public static uint PairOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes) | PairCaseBits;

    /// <summary>Reports the patterns whose window is at <paramref name="position"/>.</summary>
    /// <returns>False if the sink wants no more.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool Confirm<TSink>(ref ScanState<TSink> scan, int position, uint window)
        where TSink : struct, IMatchSink
    {
        scan.Counters.Candidates++;
        uint bucket = Hash(window) >> _shift;
        int end = _starts[bucket + 1];
        for (int i = _starts[bucket]; i < end; i++)
        {
            ref readonly WindowEntry entry = ref _entries[i];
            int start = position - entry.Offset;
            if (entry.Window != window || start < 0 || scan.Data.Length - start < entry.Length)
            {
                continue;
            }

            scan.Counters.Comparisons++;
            if (_pool.Matches(entry.Pattern, scan.Data.Slice(start, entry.Length)) && !scan.Report(entry.Pattern, start + entry.Length))
            {
                return false;
            }
        }

        return true;
    }
}
