using System.Text;

namespace Weft.Ids;

/// <summary>The text of an expression and the place in it that is read next.</summary>
internal sealed class ExpressionText(byte[] text)
{
    public int At { get; set; }

    public bool IsAtEnd => At == text.Length;

    /// <summary>The byte that is read next; 0 at the end, which no expression holds (rules are text).</summary>
    public byte Next => At < text.Length ? text[At] : (byte)0;

    public byte Read() => IsAtEnd ? throw ExpressionException.Wrong("ends too early") : text[At++];

    public bool TryRead(byte value)
    {
        bool isThere = !IsAtEnd && text[At] == value;
        At += isThere ? 1 : 0;
        return isThere;
    }

    public bool TryRead(ReadOnlySpan<byte> word)
    {
        bool isThere = text.AsSpan(At).StartsWith(word);
        At += isThere ? word.Length : 0;
        return isThere;
    }

    public bool IsNext(ReadOnlySpan<byte> word) => text.AsSpan(At).StartsWith(word);

    /// <summary>Reads up to a byte, and over it.</summary>
    public string ReadUntil(byte end)
    {
        int length = text.AsSpan(At).IndexOf(end);
        if (length < 0)
        {
            throw ExpressionException.Wrong("something is not closed");
        }

        string read = Encoding.Latin1.GetString(text, At, length);
        At += length + 1;
        return read;
    }

    /// <summary>Reads digits of a base.</summary>
    /// <param name="numberBase">8, 10 or 16.</param>
    /// <param name="most">Most digits.</param>
    /// <param name="value">The number; saturates.</param>
    /// <returns>Digits read.</returns>
    public int ReadDigits(int numberBase, int most, out int value)
    {
        value = 0;
        int count = 0;
        while (count < most && char.IsAsciiHexDigit((char)Next) && Convert.ToInt32(((char)Next).ToString(), 16) is int digit && digit < numberBase)
        {
            value = (int)Math.Min((long)value * numberBase + digit, int.MaxValue);
            count++;
            At++;
        }

        return count;
    }
}
