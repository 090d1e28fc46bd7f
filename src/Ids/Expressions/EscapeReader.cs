namespace Weft.Ids;

/// <summary>Reads the escapes that stand for one byte, and the classes in brackets.</summary>
internal static class EscapeReader
{
    private const byte Escape = 0x1B;
    private const byte ControlBit = 0x40;

    /// <summary>Reads what stands behind a backslash for one byte.</summary>
    /// <param name="text">The text, behind the backslash's letter.</param>
    /// <param name="letter">That letter.</param>
    public static byte ReadByte(ExpressionText text, byte letter)
    {
        switch (letter)
        {
            case (byte)'a':
                return (byte)'\a';
            case (byte)'e':
                return Escape;
            case (byte)'f':
                return (byte)'\f';
            case (byte)'n':
                return (byte)'\n';
            case (byte)'r':
                return (byte)'\r';
            case (byte)'t':
                return (byte)'\t';
            case (byte)'c':
                return (byte)(char.ToUpperInvariant((char)text.Read()) ^ ControlBit);
            case (byte)'x':
                return ReadHex(text);
            case (byte)'o':
                return ReadOctal(text);
            case >= (byte)'0' and <= (byte)'7':
                text.At--;
                text.ReadDigits(8, 3, out int octal);
                return ToByte(octal);
            default:
                return char.IsAsciiLetterOrDigit((char)letter) ? throw ExpressionException.Wrong($"\\{(char)letter} is unknown") : letter;
        }
    }

    /// <summary>Reads a class, behind its opening bracket.</summary>
    public static ByteBits ReadClass(ExpressionText text, bool ignoreCase)
    {
        bool isNegated = text.TryRead((byte)'^');
        ByteBits bits = default;
        bool isFirst = true;
        while (isFirst || text.Next != ']' || text.IsAtEnd)
        {
            isFirst = false;
            ReadItem(text, ref bits);
        }

        text.At++;
        if (ignoreCase)
        {
            bits.Fold();
        }

        return isNegated ? ~bits : bits;
    }

    private static void ReadItem(ExpressionText text, ref ByteBits bits)
    {
        if (text.TryRead("[:"u8))
        {
            ReadName(text, ref bits);
            return;
        }

        if (!TryReadMember(text, ref bits, out byte first))
        {
            return;
        }

        // A hyphen before the bracket, or before a class, is itself.
        if (text.Next == '-' && !text.IsNext("-]"u8))
        {
            int at = text.At++;
            ByteBits other = default;
            if (text.Next == '[' && text.IsNext("[:"u8))
            {
                text.At = at;
            }
            else if (TryReadMember(text, ref other, out byte last))
            {
                bits |= last >= first ? ByteBits.Range(first, last) : throw ExpressionException.Wrong("a range is out of order");
                return;
            }
            else
            {
                bits |= other;
                bits.Add((byte)'-');
            }
        }

        bits.Add(first);
    }

    /// <summary>Reads one member: a byte (true), or a class, which is added.</summary>
    private static bool TryReadMember(ExpressionText text, ref ByteBits bits, out byte value)
    {
        value = text.Read();
        if (value != '\\')
        {
            return true;
        }

        byte letter = text.Read();
        if (ByteClasses.TryEscape(letter, out ByteBits named))
        {
            bits |= named;
            return false;
        }

        if (letter is (byte)'Q' or (byte)'E' or (byte)'p' or (byte)'P' or (byte)'N')
        {
            throw ExpressionException.Unsupported($"\\{(char)letter} in a class");
        }

        value = letter == 'b' ? (byte)'\b' : ReadByte(text, letter);
        return true;
    }

    private static void ReadName(ExpressionText text, ref ByteBits bits)
    {
        bool isNegated = text.TryRead((byte)'^');
        string name = text.ReadUntil((byte)':');
        if (!text.TryRead((byte)']') || !ByteClasses.TryName(name, out ByteBits named))
        {
            throw ExpressionException.Wrong($"the class {name} is unknown");
        }

        bits |= isNegated ? ~named : named;
    }

    private static byte ReadHex(ExpressionText text)
    {
        bool isBraced = text.TryRead((byte)'{');
        text.ReadDigits(16, isBraced ? int.MaxValue : 2, out int value);
        return isBraced && !text.TryRead((byte)'}') ? throw ExpressionException.Wrong("\\x{ is not closed") : ToByte(value);
    }

    private static byte ReadOctal(ExpressionText text)
    {
        bool isWhole = text.TryRead((byte)'{') & text.ReadDigits(8, int.MaxValue, out int value) > 0;
        return isWhole && text.TryRead((byte)'}') ? ToByte(value) : throw ExpressionException.Wrong("\\o needs octal digits in braces");
    }

    private static byte ToByte(int value) => value <= byte.MaxValue ? (byte)value : throw ExpressionException.Wrong("a value is above 255");
}
