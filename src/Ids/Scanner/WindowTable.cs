using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Ids;

/// <summary>
/// Confirms candidates: from the window at a position to the patterns that have it, each then compared whole. Windows are
/// kept so that the case of letters does not matter, by three instructions for eight bytes that confuse a few other bytes too.
/// </summary>
internal sealed partial class WindowTable
{
    // Letters are among the bytes 0x40 to 0x7F and, regardless of the highest bit, only there bit 0x20 is the case.
    private const ulong LetterRange = 0x4040_4040_4040_4040;

    /// <summary>The two bytes in front of a window.</summary>
    public const uint PairMask = 0x0000_FFFF;

    /// <summary>Bytes that are still different when the case does not matter.</summary>
    public const int Neighbours = 192;

    // 2^32 divided by the golden ratio, for multiplicative hashing.
    private const uint Golden = 0x9E37_79B1;


    // Comparisons that are made ready together.
    private const int Batch = 256;

    private readonly PatternPool _pool;
    private readonly int[] _starts;
    private readonly WindowEntry[] _entries;
    private readonly int _shift;
    private readonly int _ahead;
    private readonly uint _mask;

    /// <param name="pool">The strings' bytes.</param>
    /// <param name="entries">The strings.</param>
    /// <param name="plan">Says how many buckets windows of a length have.</param>
    /// <param name="length">Bytes of a window, 2 to 4.</param>
    /// <param name="ahead">Bytes from a place that is asked for to the window, 0 or 1.</param>
    public WindowTable(PatternPool pool, List<WindowEntry> entries, MatcherPlan plan, int length, int ahead = 0)
    {
        (_pool, _mask, _ahead) = (pool, MaskOf(length), ahead);
        int bits = plan.BucketBits(length);
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

    /// <summary>The bytes that a window of a length has.</summary>
    public static uint MaskOf(int length) => uint.MaxValue >> (8 * (sizeof(uint) - length));

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

    /// <summary>The key of the four bytes at a place, which the caller knows to be there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Load(ref byte bytes, int at)
    {
        uint value = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref bytes, at));
        return Fold(BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value));
    }

    /// <summary>Makes 32 bytes blind to the case of letters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Fold(Vector256<byte> bytes) => bytes | ((bytes & Vector256.Create((byte)0x40)).AsUInt16() >>> 1).AsByte();

    /// <summary>Makes 64 bytes blind to the case of letters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Fold(Vector512<byte> bytes) => bytes | ((bytes & Vector512.Create((byte)0x40)).AsUInt16() >>> 1).AsByte();
}
