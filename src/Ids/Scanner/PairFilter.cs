using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>Finds strings of two and three bytes by a bitmap of all byte pairs.</summary>
internal sealed class PairFilter
{
    private const int Pair = sizeof(ushort);
    private const int Pairs = 1 << 16;
    private const int Step = sizeof(ulong);
    private const int Half = Step / 2;
    private const ulong CaseBits = 0x2020_2020_2020_2020;

    private readonly uint[] _bitmap = new uint[Pairs / 32];
    private readonly WindowTable _table;

    public PairFilter(WindowTable table, IReadOnlyList<WindowEntry> entries)
    {
        _table = table;
        foreach (WindowEntry entry in entries)
        {
            _bitmap[entry.Window >> 5] |= 1u << (int)(entry.Window & 31);
        }
    }

    public long MemoryBytes => _bitmap.Length * sizeof(uint);

    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        ref uint bitmap = ref MemoryMarshal.GetArrayDataReference(_bitmap);
        ref byte bytes = ref MemoryMarshal.GetReference(scan.Data);
        int i = 0;

        // One load covers four pairs and two bytes more; the loop's bound keeps both loads inside the span.
        for (int last = scan.Data.Length - (Step + Half); i <= last; i += Step)
        {
            ulong low = Load(ref bytes, i) | CaseBits;
            ulong high = Load(ref bytes, i + Half) | CaseBits;
            uint hit = Probe(ref bitmap, low) | Probe(ref bitmap, low >> 8) | Probe(ref bitmap, low >> 16) | Probe(ref bitmap, low >> 24)
                | Probe(ref bitmap, high) | Probe(ref bitmap, high >> 8) | Probe(ref bitmap, high >> 16) | Probe(ref bitmap, high >> 24);
            if ((hit & 1) != 0 && !ScanRange(ref scan, i, i + Step))
            {
                return false;
            }
        }

        return ScanRange(ref scan, i, scan.Data.Length - Pair + 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ScanRange<TSink>(ref ScanState<TSink> scan, int from, int to)
        where TSink : struct, IMatchSink
    {
        for (int i = from; i < to; i++)
        {
            uint pair = WindowTable.PairOf(scan.Data[i..]);
            if ((_bitmap[pair >> 5] >> (int)(pair & 31) & 1) != 0 && !_table.Confirm(ref scan, i, pair))
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

    // A pair has sixteen bits, as many as the bitmap has places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Probe(ref uint bitmap, ulong value) => Unsafe.Add(ref bitmap, (uint)(value >> 5) & 0x7FF) >> (int)(value & 31);
}
