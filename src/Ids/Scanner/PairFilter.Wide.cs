using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <content>The bodies for 64 positions at once, one for each number of planes so that tables stay in registers.</content>
internal sealed partial class PairFilter
{
    // Truth table of "all three".
    private const byte And3 = 0x80;

    private ReadOnlySpan<Vector512<byte>> Tables => MemoryMarshal.Cast<byte, Vector512<byte>>(_wide.AsSpan(_start, _vectors * Vector512<byte>.Count));

    private int CollectOnePlane(ReadOnlySpan<byte> data, int from, int to, Span<int> places)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref int slots = ref MemoryMarshal.GetReference(places);
        ReadOnlySpan<Vector512<byte>> t = Tables;
        Vector512<byte> t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], t4 = t[4], t5 = t[5];
        int count = 0;
        for (int i = from; i < to; i += Vector512<byte>.Count)
        {
            Hash(ref bytes, i, data.Length, out Vector512<byte> h0, out Vector512<byte> h1, out Vector512<byte> h2);
            Vector512<byte> found = Plane(h0, h1, h2, t0, t1, t2, t3, t4, t5);
            count = Append(found, i, to, ref slots, count);
        }

        return count;
    }

    private int CollectTwoPlanes(ReadOnlySpan<byte> data, int from, int to, Span<int> places)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref int slots = ref MemoryMarshal.GetReference(places);
        ReadOnlySpan<Vector512<byte>> t = Tables;
        Vector512<byte> t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], t4 = t[4], t5 = t[5];
        Vector512<byte> u0 = t[6], u1 = t[7], u2 = t[8], u3 = t[9], u4 = t[10], u5 = t[11];
        int count = 0;
        for (int i = from; i < to; i += Vector512<byte>.Count)
        {
            Hash(ref bytes, i, data.Length, out Vector512<byte> h0, out Vector512<byte> h1, out Vector512<byte> h2);
            Vector512<byte> found = Plane(h0, h1, h2, t0, t1, t2, t3, t4, t5) | Plane(h0, h1, h2, u0, u1, u2, u3, u4, u5);
            count = Append(found, i, to, ref slots, count);
        }

        return count;
    }

    private int CollectAllPlanes(ReadOnlySpan<byte> data, int from, int to, Span<int> places)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        ref int slots = ref MemoryMarshal.GetReference(places);
        ref Vector512<byte> tables = ref MemoryMarshal.GetReference(Tables);
        int end = _vectors;
        int count = 0;
        int i = from;

        // Two vectors for each load of a table.
        for (; to - i > Vector512<byte>.Count; i += 2 * Vector512<byte>.Count)
        {
            int j = i + Vector512<byte>.Count;
            Hash(ref bytes, i, data.Length, out Vector512<byte> h0, out Vector512<byte> h1, out Vector512<byte> h2);
            Hash(ref bytes, j, data.Length, out Vector512<byte> g0, out Vector512<byte> g1, out Vector512<byte> g2);
            Vector512<byte> found = Vector512<byte>.Zero;
            Vector512<byte> next = Vector512<byte>.Zero;
            for (int plane = 0; plane < end; plane += 2 * PairTables.Places)
            {
                // A plane has six vectors, and the memory as many as its planes have.
                ref Vector512<byte> t = ref Unsafe.Add(ref tables, plane);
                Vector512<byte> t0 = t, t1 = Unsafe.Add(ref t, 1), t2 = Unsafe.Add(ref t, 2), t3 = Unsafe.Add(ref t, 3), t4 = Unsafe.Add(ref t, 4), t5 = Unsafe.Add(ref t, 5);
                found |= Plane(h0, h1, h2, t0, t1, t2, t3, t4, t5);
                next |= Plane(g0, g1, g2, t0, t1, t2, t3, t4, t5);
            }

            count = Append(found, i, to, ref slots, count);
            count = Append(next, j, to, ref slots, count);
        }

        if (i < to)
        {
            Hash(ref bytes, i, data.Length, out Vector512<byte> h0, out Vector512<byte> h1, out Vector512<byte> h2);
            Vector512<byte> found = Vector512<byte>.Zero;
            for (int plane = 0; plane < end; plane += 2 * PairTables.Places)
            {
                ref Vector512<byte> t = ref Unsafe.Add(ref tables, plane);
                found |= Plane(h0, h1, h2, t, Unsafe.Add(ref t, 1), Unsafe.Add(ref t, 2), Unsafe.Add(ref t, 3), Unsafe.Add(ref t, 4), Unsafe.Add(ref t, 5));
            }

            count = Append(found, i, to, ref slots, count);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Hash(ref byte bytes, int at, int length, out Vector512<byte> h0, out Vector512<byte> h1, out Vector512<byte> h2)
    {
        Vector512<byte> x0, x1, x2, x3;
        if (at + Vector512<byte>.Count + Window - 1 <= length)
        {
            x0 = Vector512.LoadUnsafe(ref bytes, (nuint)at);
            x1 = Vector512.LoadUnsafe(ref bytes, (nuint)at + 1);
            x2 = Vector512.LoadUnsafe(ref bytes, (nuint)at + 2);
            x3 = Vector512.LoadUnsafe(ref bytes, (nuint)at + 3);
        }
        else
        {
            x0 = VectorData.LoadEnd(ref bytes, at, length);
            x1 = VectorData.LoadEnd(ref bytes, at + 1, length);
            x2 = VectorData.LoadEnd(ref bytes, at + 2, length);
            x3 = VectorData.LoadEnd(ref bytes, at + 3, length);
        }

        h0 = PairHash.Of(x0, x1);
        h1 = PairHash.Of(x1, x2);
        h2 = PairHash.Of(x2, x3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Plane(
        Vector512<byte> h0, Vector512<byte> h1, Vector512<byte> h2, Vector512<byte> t0, Vector512<byte> t1, Vector512<byte> t2, Vector512<byte> t3, Vector512<byte> t4, Vector512<byte> t5) =>
        Avx512F.TernaryLogic(
            Avx512Vbmi.PermuteVar64x8x2(t0, h0, t1), Avx512Vbmi.PermuteVar64x8x2(t2, h1, t3), Avx512Vbmi.PermuteVar64x8x2(t4, h2, t5), And3);

    /// <summary>Adds the places of bytes that are not zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Append(Vector512<byte> found, int at, int to, ref int slots, int count)
    {
        ulong positions = ~Vector512.Equals(found, Vector512<byte>.Zero).ExtractMostSignificantBits();
        return PlaceList.Append(to - at < Vector512<byte>.Count ? positions & (1UL << (to - at)) - 1 : positions, at, ref slots, count);
    }
}
