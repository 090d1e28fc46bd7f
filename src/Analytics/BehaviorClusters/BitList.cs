using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Analytics;

/// <summary>The bits that a vector has, as a list: found once, used by the search and by the counting.</summary>
internal sealed class BitList(int words)
{
    private static readonly Vector512<byte> Places = Vector512.Create([.. Enumerable.Range(0, 64).Select(i => (byte)i)]);
    private static readonly Vector512<byte> SpreadBytes = Vector512.Create([.. Enumerable.Range(0, 64).Select(i => (byte)(i / 8))]);
    private static readonly Vector512<byte> BitOfByte = Vector512.Create([.. Enumerable.Range(0, 64).Select(i => (byte)(1 << i % 8))]);

    // A word's places are written 64 at a time, whatever their number.
    private readonly ushort[] _bits = new ushort[(words + 1) * 64];

    /// <summary>Whether the processor can write the places of a word at once.</summary>
    public static bool IsWide => Avx512Vbmi2.IsSupported && Avx512BW.IsSupported;

    /// <summary>The places of the bits that are set, ascending; valid until the next call.</summary>
    public ReadOnlySpan<ushort> Of(ReadOnlySpan<ulong> vector)
    {
        int count = IsWide ? Wide(vector) : Scalar(vector);
        return _bits.AsSpan(0, count);
    }

    internal int Scalar(ReadOnlySpan<ulong> vector)
    {
        int count = 0;
        for (int word = 0; word < vector.Length; word++)
        {
            for (ulong rest = vector[word]; rest != 0; rest &= rest - 1)
            {
                _bits[count++] = (ushort)((word << 6) + BitOperations.TrailingZeroCount(rest));
            }
        }

        return count;
    }

    internal int Wide(ReadOnlySpan<ulong> vector)
    {
        // Invariant: with one word more than vectors have, 64 places fit behind the bits of all words before.
        ref ushort bits = ref MemoryMarshal.GetArrayDataReference(_bits);
        int count = 0;
        for (int word = 0; word < vector.Length && count < _bits.Length - 63; word++)
        {
            Vector512<byte> isSet = Vector512.Equals(Avx512BW.Shuffle(Spread(vector[word]), SpreadBytes) & BitOfByte, BitOfByte);
            Vector512<byte> places = Avx512Vbmi2.Compress(Vector512<byte>.Zero, isSet, Places);
            Vector512<ushort> first = Vector512.Create((ushort)(word << 6));
            (Avx512BW.ConvertToVector512UInt16(places.GetLower()) + first).StoreUnsafe(ref bits, (nuint)count);
            (Avx512BW.ConvertToVector512UInt16(places.GetUpper()) + first).StoreUnsafe(ref bits, (nuint)(count + 32));
            count += BitOperations.PopCount(vector[word]);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Spread(ulong word) => Vector512.Create(word).AsByte();
}
