using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>
/// The filter of large sets: a bitmap over hashes of four-byte windows. Only windows at even places of the data are looked up,
/// because every pattern stands in the bitmap with a window for each parity: wherever it begins, one of the two is at an even
/// place. Where four bytes are too many or too common, three stand there with every byte that could be beside them. Eight
/// windows are probed for one branch, so that data without matches costs loads and arithmetic only. It has no vector body:
/// gathers are not faster than these loads.
/// </summary>
internal sealed class WindowFilter
{
    private const int Window = sizeof(uint);
    private const int Stride = 2;
    private const int Step = 16;

    // Bytes that are still different when the case does not matter.
    private const int Neighbours = 192;

    // One set bit in about 64, but never more than the second-level cache holds beside everything else.
    private const int BitsForEntry = 6;
    private const int MinBits = 13;
    private const int MaxBits = 21;

    private readonly uint[] _bitmap;
    private readonly int _shift;
    private readonly WindowTable? _windows;
    private readonly WindowTable? _evenTriples;
    private readonly WindowTable? _oddTriples;

    private WindowFilter(PatternPool pool, WindowTable? windows, MatcherPlan plan)
    {
        _windows = windows;
        _evenTriples = plan.EvenTriples.Count > 0 ? new WindowTable(pool, plan.EvenTriples) : null;
        _oddTriples = plan.OddTriples.Count > 0 ? new WindowTable(pool, plan.OddTriples) : null;
        int entries = plan.Windows.Count + Neighbours * (plan.EvenTriples.Count + plan.OddTriples.Count);
        int bits = Math.Clamp(BitOperations.Log2((uint)entries) + 1 + BitsForEntry, MinBits, MaxBits);
        _shift = 32 - bits;
        _bitmap = new uint[1 << (bits - 5)];
        foreach (WindowEntry entry in plan.Windows)
        {
            Set(entry.Window);
        }

        for (uint other = 0; other < 256; other++)
        {
            foreach (WindowEntry entry in plan.EvenTriples)
            {
                Set(WindowTable.Fold(entry.Window | other << 24));
            }

            foreach (WindowEntry entry in plan.OddTriples)
            {
                Set(WindowTable.Fold(entry.Window << 8 | other));
            }
        }
    }

    public long MemoryBytes => _bitmap.Length * sizeof(uint) + (_evenTriples?.MemoryBytes ?? 0) + (_oddTriples?.MemoryBytes ?? 0);

    /// <summary>The filter of a plan, null if it has no patterns for it.</summary>
    public static WindowFilter? Create(PatternPool pool, WindowTable? windows, MatcherPlan plan) =>
        plan.Windows.Count + plan.EvenTriples.Count + plan.OddTriples.Count > 0 ? new WindowFilter(pool, windows, plan) : null;

    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ReadOnlySpan<byte> data = scan.Data;
        ref uint bitmap = ref MemoryMarshal.GetArrayDataReference(_bitmap);
        int shift = _shift;
        Span<int> pending = stackalloc int[WindowTable.MaxAtOnce];
        int count = 0;
        int i = 0;

        // The loads below reach Step + Window bytes from i, which the loop's bound keeps inside the span.
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        for (int last = data.Length - (Step + Window); i <= last; i += Step)
        {
            ulong first = WindowTable.Fold(Load(ref bytes, i));
            ulong second = WindowTable.Fold(Load(ref bytes, i + 4));
            ulong third = WindowTable.Fold(Load(ref bytes, i + 8));
            ulong fourth = WindowTable.Fold(Load(ref bytes, i + 12));
            uint hit = Probe(ref bitmap, (uint)first, shift) | Probe(ref bitmap, (uint)(first >> 16), shift)
                | Probe(ref bitmap, (uint)second, shift) | Probe(ref bitmap, (uint)(second >> 16), shift)
                | Probe(ref bitmap, (uint)third, shift) | Probe(ref bitmap, (uint)(third >> 16), shift)
                | Probe(ref bitmap, (uint)fourth, shift) | Probe(ref bitmap, (uint)(fourth >> 16), shift);
            if ((hit & 1) != 0)
            {
                count = Collect(data, i, i + Step, pending, count);
                if (count > pending.Length - Step / Stride)
                {
                    if (!Confirm(ref scan, pending[..count]))
                    {
                        return false;
                    }

                    count = 0;
                }
            }
        }

        count = i < data.Length ? Collect(data, i, data.Length - Window + 1, pending, count) : count;
        return Confirm(ref scan, pending[..count]) && ScanEnd(ref scan);
    }

    private void Set(uint window)
    {
        uint hash = WindowTable.Hash(window) >> _shift;
        _bitmap[hash >> 5] |= 1u << (int)(hash & 31);
    }

    /// <summary>Adds the places with a hit to those that wait. First all probes, then all hits: a branch for each would be guessed wrong half the time.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Collect(ReadOnlySpan<byte> data, int from, int to, Span<int> pending, int count)
    {
        uint hits = 0;
        ref uint bitmap = ref MemoryMarshal.GetArrayDataReference(_bitmap);
        for (int i = from; i < to; i += Stride)
        {
            hits |= (Probe(ref bitmap, WindowTable.WindowOf(data[i..]), _shift) & 1) << (i - from);
        }

        for (; hits != 0; hits &= hits - 1)
        {
            pending[count++] = from + BitOperations.TrailingZeroCount(hits);
        }

        return count;
    }

    private bool Confirm<TSink>(ref ScanState<TSink> scan, scoped Span<int> positions)
        where TSink : struct, IMatchSink
    {
        if (positions.IsEmpty)
        {
            return true;
        }

        foreach (int position in positions)
        {
            uint window = _evenTriples is null && _oddTriples is null ? 0 : WindowTable.WindowOf(scan.Data[position..]);
            if (_evenTriples?.Confirm(ref scan, position, window & WindowTable.TripleMask) == false
                || _oddTriples?.Confirm(ref scan, position + 1, window >> 8) == false)
            {
                return false;
            }
        }

        return _windows is null || _windows.ConfirmAll(ref scan, positions);
    }

    /// <summary>Three bytes at the very end have no window if their place is even.</summary>
    private bool ScanEnd<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        int position = scan.Data.Length - (Window - 1);
        return _evenTriples is null || position < 0 || position % Stride != 0
            || _evenTriples.Confirm(ref scan, position, WindowTable.TripleOf(scan.Data[position..]));
    }

    private static ulong Load(ref byte bytes, int at)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, at));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    // The hash has as many bits as the bitmap: the index cannot leave it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Probe(ref uint bitmap, uint window, int shift)
    {
        uint hash = WindowTable.Hash(window) >> shift;
        return Unsafe.Add(ref bitmap, hash >> 5) >> (int)(hash & 31);
    }
}
