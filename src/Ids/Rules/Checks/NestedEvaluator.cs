namespace Weft.Ids;

/// <summary>Decodes base64 (RFC 4648 section 4) inside an evaluation and runs the checks of <c>base64_data</c> over the result.</summary>
internal sealed class NestedEvaluator
{
    /// <summary>Bytes that are decoded at most.</summary>
    public const int MaxDecoded = 16_384;

    private const byte NoDigit = 0xFF;

    private readonly byte[] _decoded = new byte[MaxDecoded];
    private readonly int[] _current = new int[MaxDecoded + 1];
    private readonly int[] _next = new int[MaxDecoded + 1];

    public bool Matches(ReadOnlySpan<byte> text, List<PayloadCheck> checks, ref Evaluation outer)
    {
        int length = Decode(text, _decoded);
        if (length == 0)
        {
            return false;
        }

        var inner = new Evaluation(_decoded.AsSpan(0, length), outer.Expressions, _current, _next, outer.Variables);
        inner.Start(0);
        foreach (PayloadCheck check in checks)
        {
            check.Apply(ref inner);
            if (inner.HasFailed)
            {
                break;
            }
        }

        outer.Steps += inner.Steps;
        outer.IsCutShort |= inner.IsCutShort;
        outer.IsOutOfBudget |= inner.IsOutOfBudget;
        return !inner.HasFailed;
    }

    /// <summary>Decodes up to the first character that is no base64, line breaks and blanks left aside.</summary>
    private static int Decode(ReadOnlySpan<byte> text, Span<byte> decoded)
    {
        int bits = 0;
        int bitCount = 0;
        int length = 0;
        foreach (byte character in text)
        {
            if (character is (byte)'\r' or (byte)'\n' or (byte)' ' or (byte)'\t')
            {
                continue;
            }

            byte digit = DigitOf(character);
            if (digit == NoDigit || length == decoded.Length)
            {
                break;
            }

            bits = (bits << 6 | digit) & 0xFFFF;
            bitCount += 6;
            if (bitCount >= 8)
            {
                bitCount -= 8;
                decoded[length++] = (byte)(bits >> bitCount);
            }
        }

        return length;
    }

    private static byte DigitOf(byte character) => character switch
    {
        >= (byte)'A' and <= (byte)'Z' => (byte)(character - 'A'),
        >= (byte)'a' and <= (byte)'z' => (byte)(character - 'a' + 26),
        >= (byte)'0' and <= (byte)'9' => (byte)(character - '0' + 52),
        (byte)'+' => 62,
        (byte)'/' => 63,
        _ => NoDigit,
    };
}
