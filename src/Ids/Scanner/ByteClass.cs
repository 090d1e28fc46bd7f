using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Ids;

/// <summary>A set of byte values that is asked for 32 bytes at once: two tables by the low nibble, one for each half of the high ones.</summary>
internal readonly struct ByteClass
{
    private const byte LowNibble = 0x0F;
    private const int Half = 8;

    private readonly Vector256<byte> _lowHalf;
    private readonly Vector256<byte> _highHalf;

    /// <param name="members">For each byte value whether it belongs to the set.</param>
    public ByteClass(ReadOnlySpan<bool> members)
    {
        Span<byte> tables = stackalloc byte[2 * Vector128<byte>.Count];
        tables.Clear();
        for (int value = 0; value < members.Length; value++)
        {
            int high = value >> 4;
            tables[high / Half * Vector128<byte>.Count + (value & LowNibble)] |= members[value] ? (byte)(1 << (high % Half)) : (byte)0;
        }

        var low = Vector128.Create<byte>(tables[..Vector128<byte>.Count]);
        var high128 = Vector128.Create<byte>(tables[Vector128<byte>.Count..]);
        _lowHalf = Vector256.Create(low, low);
        _highHalf = Vector256.Create(high128, high128);
    }

    /// <summary>A bit for each byte that belongs to the set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Contains(Vector256<byte> bytes)
    {
        Vector256<byte> low = bytes & Vector256.Create(LowNibble);
        Vector256<byte> high = (bytes.AsUInt16() >>> 4).AsByte() & Vector256.Create(LowNibble);
        var highBits = Vector256.Create(0x8040_2010_0804_0201UL).AsByte();
        Vector256<byte> rows = Vector256.ConditionalSelect(
            Vector256.LessThan(bytes.AsSByte(), Vector256<sbyte>.Zero).AsByte(), Vector256.ShuffleNative(_highHalf, low), Vector256.ShuffleNative(_lowHalf, low));
        return ~Vector256.Equals(rows & Vector256.ShuffleNative(highBits, high), Vector256<byte>.Zero).ExtractMostSignificantBits();
    }
}
