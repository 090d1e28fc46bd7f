using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Analytics;

/// <summary>
/// Adds up table entries for eight rows at once: codes are transposed in registers, four columns at a time, and a table of up to
/// sixteen entries is looked up in registers, too. Rows are summed column after column, so the sums are those of the scalar loop to
/// the last bit.
/// </summary>
internal static unsafe class WideScoring
{
    /// <summary>Rows that are done at a time.</summary>
    public const int Rows = 8;

    /// <summary>Entries of a table that two registers hold.</summary>
    public const int RegisterEntries = 16;

    private const int ColumnsAtOnce = 4;

    /// <summary>Whether the processor has what this needs.</summary>
    public static bool IsSupported => Avx512F.IsSupported && Avx2.IsSupported;

    /// <summary>Sums as many rows as it can; the caller does the others.</summary>
    /// <param name="rows">Codes, row after row.</param>
    /// <param name="columns">Codes of a row.</param>
    /// <param name="tables">Tables of all columns.</param>
    /// <param name="places">Where each column's table begins, and its length less 1; lengths are powers of two, at least 16.</param>
    /// <param name="sums">One element a row.</param>
    /// <returns>Rows done.</returns>
    public static int Sum(ReadOnlySpan<ushort> rows, int columns, double[] tables, ReadOnlySpan<(int Offset, int Mask)> places, Span<double> sums)
    {
        // The last rows are left to the caller, since codes are read four at a time.
        int whole = Math.Max(0, Math.Min(sums.Length, (rows.Length - ColumnsAtOnce) / columns)) / Rows * Rows;
        fixed (ushort* first = rows)
        fixed (double* table = tables)
        {
            for (int row = 0; row < whole; row += Rows)
            {
                // Invariants: eight rows and four codes more lie in the span; every masked code is inside its table.
                ushort* codes = first + (nint)row * columns;
                Vector512<double> sum = Vector512<double>.Zero;
                for (int column = 0; column < columns; column += ColumnsAtOnce, codes += ColumnsAtOnce)
                {
                    Transpose(codes, columns, out Vector128<ushort> c0, out Vector128<ushort> c1, out Vector128<ushort> c2, out Vector128<ushort> c3);
                    sum += Look(table, places[column], c0);
                    if (column + 3 < columns)
                    {
                        sum += Look(table, places[column + 1], c1);
                        sum += Look(table, places[column + 2], c2);
                        sum += Look(table, places[column + 3], c3);
                        continue;
                    }

                    if (column + 1 < columns)
                    {
                        sum += Look(table, places[column + 1], c1);
                    }

                    if (column + 2 < columns)
                    {
                        sum += Look(table, places[column + 2], c2);
                    }
                }

                sum.CopyTo(sums[row..]);
            }
        }

        return whole;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Look(double* tables, (int Offset, int Mask) place, Vector128<ushort> codes)
    {
        double* table = tables + place.Offset;
        if (place.Mask < RegisterEntries)
        {
            // The permutation takes the low four bits of each index, which is the mask.
            return Avx512F.PermuteVar8x64x2(Vector512.Load(table), Avx512F.ConvertToVector512Int64(codes), Vector512.Load(table + Vector512<double>.Count));
        }

        Vector256<int> wide = Avx2.ConvertToVector256Int32(codes) & Vector256.Create(place.Mask);
        return Vector512.Create(
            Avx2.GatherVector256(table, wide.GetLower(), sizeof(double)),
            Avx2.GatherVector256(table, wide.GetUpper(), sizeof(double)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ushort* codes, int stride, out Vector128<ushort> c0, out Vector128<ushort> c1, out Vector128<ushort> c2, out Vector128<ushort> c3)
    {
        Vector128<uint> rows01 = Sse2.UnpackLow(Load(codes), Load(codes + stride)).AsUInt32();
        Vector128<uint> rows23 = Sse2.UnpackLow(Load(codes + 2 * stride), Load(codes + 3 * stride)).AsUInt32();
        Vector128<uint> rows45 = Sse2.UnpackLow(Load(codes + 4 * stride), Load(codes + 5 * stride)).AsUInt32();
        Vector128<uint> rows67 = Sse2.UnpackLow(Load(codes + 6 * stride), Load(codes + 7 * stride)).AsUInt32();
        Vector128<ulong> low01 = Sse2.UnpackLow(rows01, rows23).AsUInt64();
        Vector128<ulong> low23 = Sse2.UnpackHigh(rows01, rows23).AsUInt64();
        Vector128<ulong> high01 = Sse2.UnpackLow(rows45, rows67).AsUInt64();
        Vector128<ulong> high23 = Sse2.UnpackHigh(rows45, rows67).AsUInt64();
        c0 = Sse2.UnpackLow(low01, high01).AsUInt16();
        c1 = Sse2.UnpackHigh(low01, high01).AsUInt16();
        c2 = Sse2.UnpackLow(low23, high23).AsUInt16();
        c3 = Sse2.UnpackHigh(low23, high23).AsUInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Load(ushort* codes) => Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(codes)).AsUInt16();
}
