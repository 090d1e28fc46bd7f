using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>
/// Finds the short patterns of sets that have many of them: a bitmap over hashes of three-byte windows, looked up at every place.
/// Patterns of two bytes stand there with every byte that could follow.
/// </summary>
internal sealed class TripleFilter
{
    private const int Window = 3;
    private const int Step = sizeof(ulong);
    private const int Half = Step / 2;
    private const int BitsForEntry = 6;
    private const int MinBits = 13;
    private const int MaxBits = 20;

    private readonly uint[] _bitmap;
    private readonly int _shift;
    private readonly ShortTable _table;

    private TripleFilter(ShortTable table, IReadOnlyList<WindowEntry> triples, IReadOnlyList<WindowEntry> pairs)
    {
        _table = table;
        int bits = Math.Clamp(BitOperations.Log2((uint)(triples.Count + pairs.Count * 192)) + 1 + BitsForEntry, MinBits, MaxBits);
        _shift = 32 - bits;
        _bitmap = new uint[1 << (bits - 5)];
        foreach (WindowEntry entry in triples)
        {
            Set(entry.Window);
        }

        foreach (WindowEntry entry in pairs)
        {
            for (uint next = 0; next < 256; next++)
            {
                Set(WindowTable.Fold(entry.Window | next << 16));
            }
        }
    }

    public long MemoryBytes => _bitmap.Length * sizeof(uint) + _table.MemoryBytes;

    /// <summary>The filter of such patterns, null if there are none.</summary>
    public static TripleFilter? Create(PatternPool pool, IReadOnlyList<WindowEntry> triples, IReadOnlyList<WindowEntry> pairs) =>
        ShortTable.Create(pool, triples, pairs) is ShortTable table ? new TripleFilter(table, triples, pairs) : null;

    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ref uint bitmap = ref MemoryMarshal.GetArrayDataReference(_bitmap);
        ref byte bytes = ref MemoryMarshal.GetReference(scan.Data);
        int shift = _shift;
        int i = 0;

        // Each load covers four windows and two bytes more; the loop's bound keeps both inside the span.
        for (int last = scan.Data.Length - (Step + Half); i <= last; i += Step)
        {
            ulong low = WindowTable.Fold(Load(ref bytes, i));
            ulong high = WindowTable.Fold(Load(ref bytes, i + Half));
            uint hit = Probe(ref bitmap, low, shift) | Probe(ref bitmap, low >> 8, shift) | Probe(ref bitmap, low >> 16, shift) | Probe(ref bitmap, low >> 24, shift)
                | Probe(ref bitmap, high, shift) | Probe(ref bitmap, high >> 8, shift) | Probe(ref bitmap, high >> 16, shift) | Probe(ref bitmap, high >> 24, shift);
            if ((hit & 1) != 0 && !ScanRange(ref scan, i, i + Step))
            {
                return false;
            }
        }

        // The last pair has no third byte.
        return ScanRange(ref scan, i, scan.Data.Length - Window + 1) && (scan.Data.Length < 2 || _table.Confirm(ref scan, scan.Data.Length - 2));
    }

    private void Set(uint triple)
    {
        uint hash = WindowTable.Hash(triple) >> _shift;
        _bitmap[hash >> 5] |= 1u << (int)(hash & 31);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ScanRange<TSink>(ref ScanState<TSink> scan, int from, int to)
        where TSink : struct, IMatchSink
    {
        // First all probes, then all hits: a branch for each probe would be guessed wrong half the time.
        uint hits = 0;
        ref uint bitmap = ref MemoryMarshal.GetArrayDataReference(_bitmap);
        for (int i = from; i < to; i++)
        {
            hits |= (Probe(ref bitmap, WindowTable.WindowAt(scan.Data, i), _shift) & 1) << (i - from);
        }

        for (; hits != 0; hits &= hits - 1)
        {
            if (!_table.Confirm(ref scan, from + BitOperations.TrailingZeroCount(hits)))
            {
                return false;
            }
        }

        return true;
    }

    private static ulong Load(ref byte bytes, int at)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, at));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    // The hash has as many bits as the bitmap: the index cannot leave it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Probe(ref uint bitmap, ulong value, int shift)
    {
        uint hash = WindowTable.Hash((uint)value & WindowTable.TripleMask) >> shift;
        return Unsafe.Add(ref bitmap, hash >> 5) >> (int)(hash & 31);
    }
}
