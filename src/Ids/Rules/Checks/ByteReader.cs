namespace Weft.Ids;

/// <summary>How <c>byte_test</c>, <c>byte_jump</c>, <c>byte_extract</c> and <c>byte_math</c> read a number.</summary>
/// <param name="Count">Bytes, or digits if it is text.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="IsRelative">True if the offset counts from the cursor.</param>
/// <param name="IsLittleEndian">Order of the bytes.</param>
/// <param name="TextBase">0 for binary, otherwise 8, 10 or 16.</param>
/// <param name="Mask">Bits of the number that count; shifted down to its lowest set bit.</param>
internal readonly record struct ByteReader(Operand Count, Operand Offset, bool IsRelative, bool IsLittleEndian, int TextBase, ulong Mask)
{
    /// <summary>Most bytes of a binary number.</summary>
    public const int MaxBinary = 8;

    /// <summary>Most digits of a number in text: an octal 2^64.</summary>
    public const int MaxText = 23;

    /// <summary>Reads the number.</summary>
    /// <param name="data">The payload.</param>
    /// <param name="cursor">End of the match before.</param>
    /// <param name="variables">Values extracted so far.</param>
    /// <param name="value">The number.</param>
    /// <param name="end">Offset behind its last byte.</param>
    /// <returns>False if it is not inside the payload or not a number.</returns>
    public bool TryRead(ReadOnlySpan<byte> data, int cursor, ReadOnlySpan<long> variables, out ulong value, out int end)
    {
        value = 0;
        end = 0;
        long start = Offset.Read(variables) + (IsRelative ? cursor : 0);
        long count = Count.Read(variables);
        if (start < 0 || count < 0 || count > (TextBase == 0 ? MaxBinary : MaxText) || start + count > data.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = data.Slice((int)start, (int)count);
        end = (int)(start + count);
        if (TextBase != 0 && !TryReadText(bytes, out value, ref end))
        {
            return false;
        }

        for (int i = 0; i < bytes.Length && TextBase == 0; i++)
        {
            value = value << 8 | bytes[IsLittleEndian ? bytes.Length - 1 - i : i];
        }

        if (Mask != 0)
        {
            value = (value & Mask) >> System.Numerics.BitOperations.TrailingZeroCount(Mask);
        }

        return true;
    }

    /// <summary>What stands behind number and offset: order, base, relation, mask.</summary>
    public string Flags()
    {
        string text = TextBase == 0 ? "" : $",string,{TextBase switch { 8 => "oct", 10 => "dec", _ => "hex" }}";
        string mask = Mask == 0 ? "" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $",bitmask 0x{Mask:x}");
        return $"{(IsRelative ? ",relative" : "")}{(IsLittleEndian ? ",little" : "")}{text}{mask}";
    }

    private bool TryReadText(ReadOnlySpan<byte> bytes, out ulong value, ref int end)
    {
        value = 0;
        int skipped = 0;
        while (skipped < bytes.Length && bytes[skipped] == ' ')
        {
            skipped++;
        }

        bytes = bytes[skipped..];
        if (TextBase == 16 && bytes is [(byte)'0', (byte)'x' or (byte)'X', ..])
        {
            bytes = bytes[2..];
        }

        int digits = 0;
        for (; digits < bytes.Length && DigitOf(bytes[digits]) is int digit && digit < TextBase; digits++)
        {
            value = value * (ulong)TextBase + (ulong)digit;
        }

        end -= bytes.Length - digits;
        return digits > 0;
    }

    private static int DigitOf(byte value) => value switch
    {
        >= (byte)'0' and <= (byte)'9' => value - '0',
        >= (byte)'a' and <= (byte)'f' => value - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => value - 'A' + 10,
        _ => int.MaxValue,
    };
}
