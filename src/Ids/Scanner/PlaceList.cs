using System.Numerics;
using System.Runtime.CompilerServices;

namespace Weft.Ids;

/// <summary>Lists of places in the data that filters collect.</summary>
internal static class PlaceList
{
    /// <summary>Slots that are written behind the last place of a list.</summary>
    public const int Ahead = 16;

    /// <summary>Adds a place for each bit that is set, two for each branch though one may be left over: it is written over by the next.</summary>
    /// <param name="bits">The bits.</param>
    /// <param name="at">Place of the lowest one.</param>
    /// <param name="slots">The list, with <see cref="Ahead"/> slots more than it can have places.</param>
    /// <param name="count">Places so far.</param>
    /// <returns>Places in the list now.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Append(ulong bits, int at, ref int slots, int count)
    {
        int next = count + BitOperations.PopCount(bits);
        while (true)
        {
            Unsafe.Add(ref slots, count) = at + BitOperations.TrailingZeroCount(bits);
            bits &= bits - 1;
            Unsafe.Add(ref slots, count + 1) = at + BitOperations.TrailingZeroCount(bits);
            bits &= bits - 1;
            if (bits == 0)
            {
                return next;
            }

            count += 2;
        }
    }

    /// <summary>Adds a place for each bit that is set, where mostly none is.</summary>
    /// <param name="bits">The bits.</param>
    /// <param name="at">Place of the lowest one.</param>
    /// <param name="stride">Distance between places.</param>
    /// <param name="slots">The list, with a slot for each place.</param>
    /// <param name="count">Places so far.</param>
    /// <returns>Places in the list now.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int AppendFew(uint bits, int at, int stride, ref int slots, int count)
    {
        for (; bits != 0; bits &= bits - 1)
        {
            Unsafe.Add(ref slots, count++) = at + stride * BitOperations.TrailingZeroCount(bits);
        }

        return count;
    }
}
