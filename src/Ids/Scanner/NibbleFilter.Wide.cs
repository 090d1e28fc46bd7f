using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <content>
/// The body for vectors of 512 bits. Shuffles all go through one port of the processor, so what counts is how many bytes each of
/// them looks up; the runtime calls such vectors not accelerated on processors that lower their clock for them, and the
/// bench says that they are faster all the same.
/// </content>
internal sealed partial class NibbleFilter
{
    // Truth table of "all three".
    private const byte And3 = 0x80;

    private int CollectWide(ReadOnlySpan<byte> data, int from, int to, Span<int> places)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref int slots = ref MemoryMarshal.GetReference(places);
        ref Vector512<byte> tables = ref MemoryMarshal.GetArrayDataReference(_wide);
        int end = _wide.Length;
        int looked = _places;
        Vector512<byte> mask = Vector512.Create(LowNibble);

        // The last vector that still has its three following bytes inside the data; it may overlap the one before.
        int last = data.Length - (Vector512<byte>.Count + Window - 1);
        int count = 0;
        for (int next = from; next < to; next += Vector512<byte>.Count)
        {
            int i = Math.Min(next, last);
            var x0 = Vector512.LoadUnsafe(ref bytes, (nuint)i);
            var x1 = Vector512.LoadUnsafe(ref bytes, (nuint)i + 1);
            var x2 = Vector512.LoadUnsafe(ref bytes, (nuint)i + 2);
            var x3 = Vector512.LoadUnsafe(ref bytes, (nuint)i + 3);
            Vector512<byte> low0 = x0 & mask, low1 = x1 & mask, low2 = x2 & mask, low3 = x3 & mask;
            Vector512<byte> high0 = High(x0, mask), high1 = High(x1, mask), high2 = High(x2, mask), high3 = High(x3, mask);
            Vector512<byte> any = Vector512<byte>.Zero;
            for (int plane = 0; plane < end; plane += 2 * Window)
            {
                // A plane has eight tables, and the array as many as its planes have.
                ref Vector512<byte> t = ref Unsafe.Add(ref tables, plane);
                Vector512<byte> first = Avx512F.TernaryLogic(Avx512BW.Shuffle(t, low0), Avx512BW.Shuffle(Unsafe.Add(ref t, 1), high0), Avx512BW.Shuffle(Unsafe.Add(ref t, 2), low1), And3);
                Vector512<byte> all = first & Avx512BW.Shuffle(Unsafe.Add(ref t, 3), high1);
                if (looked > 2)
                {
                    all = Avx512F.TernaryLogic(all, Avx512BW.Shuffle(Unsafe.Add(ref t, 4), low2), Avx512BW.Shuffle(Unsafe.Add(ref t, 5), high2), And3);
                    all = Avx512F.TernaryLogic(all, Avx512BW.Shuffle(Unsafe.Add(ref t, 6), low3), Avx512BW.Shuffle(Unsafe.Add(ref t, 7), high3), And3);
                }

                any |= all;
            }

            count = Append(~Vector512.Equals(any, Vector512<byte>.Zero).ExtractMostSignificantBits(), i, next, to, ref slots, count);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> High(Vector512<byte> input, Vector512<byte> mask) => Avx512BW.ShiftRightLogical(input.AsUInt16(), 4).AsByte() & mask;
}
