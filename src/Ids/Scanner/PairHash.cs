using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <summary>
/// Seven bits of two neighbouring bytes, blind to the case of letters: the sum over GF(2) of a linear map of each, since the
/// processor has an instruction for such maps of 64 bytes.
/// </summary>
internal static class PairHash
{
    /// <summary>Different values.</summary>
    public const int Values = 128;

    // Eight rows of eight bits, the row of bit 0 in the highest byte as the instruction wants them. The column of the case bit
    // (0x20) is empty, and the others are independent: no two bytes that differ elsewhere are alike in the same company.
    private const ulong FirstMap = 0x16DF_1DD7_CB54_1000;
    private const ulong SecondMap = 0x44DB_9892_0896_1C00;

    private static readonly byte[] First = MapOf(FirstMap);
    private static readonly byte[] Second = MapOf(SecondMap);

    /// <summary>The value of two bytes.</summary>
    public static int Of(byte first, byte second) => First[first] ^ Second[second];

    /// <summary>The values of 64 pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Of(Vector512<byte> first, Vector512<byte> second) =>
        Gfni.V512.GaloisFieldAffineTransform(first, Vector512.Create(FirstMap).AsByte(), 0)
        ^ Gfni.V512.GaloisFieldAffineTransform(second, Vector512.Create(SecondMap).AsByte(), 0);

    private static byte[] MapOf(ulong rows)
    {
        byte[] map = new byte[256];
        for (int value = 0; value < map.Length; value++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                uint row = (byte)(rows >> (8 * (7 - bit)));
                map[value] |= (byte)((BitOperations.PopCount(row & (uint)value) & 1) << bit);
            }
        }

        return map;
    }
}
