using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Ids;

/// <summary>Case folding of the 26 ASCII letters and of nothing else.</summary>
internal static class AsciiCase
{
    private const byte CaseBit = 0x20;
    private const int Letters = 26;

    public static bool IsLetter(byte value) => (uint)((value | CaseBit) - 'a') < Letters;

    public static byte Fold(byte value) => (uint)(value - 'A') < Letters ? (byte)(value | CaseBit) : value;

    /// <summary>The bits in which a byte must agree with a folded one to equal it without case.</summary>
    public static byte MaskOf(byte folded) => IsLetter(folded) ? unchecked((byte)~CaseBit) : byte.MaxValue;

    public static void Fold(ReadOnlySpan<byte> from, Span<byte> to)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = Fold(from[i]);
        }
    }

    /// <summary>True if <paramref name="raw"/> folded equals <paramref name="folded"/>, which has the same length.</summary>
    public static bool EqualsFolded(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> folded)
    {
        int at = 0;
        for (; at + Vector128<byte>.Count <= folded.Length; at += Vector128<byte>.Count)
        {
            if (FoldVector(Vector128.Create(raw[at..])) != Vector128.Create(folded[at..]))
            {
                return false;
            }
        }

        for (; at < folded.Length; at++)
        {
            if (Fold(raw[at]) != folded[at])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>First position at which <paramref name="raw"/> folded has <paramref name="folded"/>, or -1.</summary>
    public static int IndexOfFolded(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> folded)
    {
        byte lower = folded[0];
        byte upper = IsLetter(lower) ? (byte)(lower ^ CaseBit) : lower;
        for (int at = 0; at + folded.Length <= raw.Length; at++)
        {
            int found = raw[at..(raw.Length - folded.Length + 1)].IndexOfAny(lower, upper);
            if (found < 0)
            {
                return -1;
            }

            at += found;
            if (EqualsFolded(raw.Slice(at, folded.Length), folded))
            {
                return at;
            }
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> FoldVector(Vector128<byte> bytes)
    {
        Vector128<byte> isUpper = Vector128.LessThan(bytes - Vector128.Create((byte)'A'), Vector128.Create((byte)Letters));
        return bytes | (isUpper & Vector128.Create(CaseBit));
    }
}
