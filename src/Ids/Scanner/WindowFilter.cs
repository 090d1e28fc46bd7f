using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>
/// The filter of large sets: a bitmap over hashes of four-byte windows. Eight positions are probed for one branch, so that
/// data without matches costs loads and arithmetic only. It has no vector body: gathers are not faster than these loads.
/// </summary>
internal sealed class WindowFilter
{
    private const int Window = sizeof(uint);
    private const int Step = sizeof(ulong);
    private const ulong CaseBits = 0x2020_2020_2020_2020;

    // One set bit in about 128, but never more than the second-level cache holds beside everything else.
    private const int BitsForEntry = 7;
    private const int MinBits = 13;
    private const int MaxBits = 20;

    private readonly uint[] _bitmap;
    private readonly int _shift;
    private readonly WindowTable _table;

    public WindowFilter(WindowTable table, IReadOnlyList<WindowEntry> entries)
    {
        _table = table;
        int bits = Math.Clamp(BitOperations.Log2((uint)entries.Count) + 1 + BitsForEntry, MinBits, MaxBits);
        _shift = 32 - bits;
        _bitmap = new uint[1 << (bits - 5)];
        foreach (WindowEntry entry in entries)
        {
            uint hash = WindowTable.Hash(entry.Window) >> _shift;
            _bitmap[hash >> 5] |= 1u << (int)(hash & 31);
        }
    }

    public long MemoryBytes => _bitmap.Length * sizeof(uint);

    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ReadOnlySpan<byte> data = scan.Data;
        ref uint bitmap = ref MemoryMarshal.GetArrayDataReference(_bitmap);
        int shift = _shift;
        int i = 0;

        // The loads below reach Step + Window bytes from i, which the loop's bound keeps inside the span.
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        for (int last = data.Length - (Step + Window); i <= last; i += Step)
        {
            ulong low = Load(ref bytes, i) | CaseBits;
            ulong high = Load(ref bytes, i + Window) | CaseBits;
            uint hit = Probe(ref bitmap, (uint)low, shift) | Probe(ref bitmap, (uint)(low >> 8), shift)
                | Probe(ref bitmap, (uint)(low >> 16), shift) | Probe(ref bitmap, (uint)(low >> 24), shift)
                | Probe(ref bitmap, (uint)high, shift) | Probe(ref bitmap, (uint)(high >> 8), shift)
                | Probe(ref bitmap, (uint)(high >> 16), shift) | Probe(ref bitmap, (uint)(high >> 24), shift);
            if ((hit & 1) != 0 && !ScanRange(ref scan, i, i + Step))
            {
                return false;
            }
        }

        return ScanRange(ref scan, i, data.Length - Window + 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ScanRange<TSink>(ref ScanState<TSink> scan, int from, int to)
        where TSink : struct, IMatchSink
    {
        for (int i = from; i < to; i++)
        {
            uint window = WindowTable.WindowOf(scan.Data[i..]);
            uint hash = WindowTable.Hash(window) >> _shift;
            if ((_bitmap[hash >> 5] >> (int)(hash & 31) & 1) != 0 && !_table.Confirm(ref scan, i, window))
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
    private static uint Probe(ref uint bitmap, uint window, int shift)
    {
        uint hash = WindowTable.Hash(window) >> shift;
        return Unsafe.Add(ref bitmap, hash >> 5) >> (int)(hash & 31);
    }
}
