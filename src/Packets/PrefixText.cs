using System.Globalization;

namespace Weft.Packets;

/// <summary>The part of a prefix's text that does not depend on the kind of address: the slash and the length behind it.</summary>
internal static class PrefixText
{
    /// <summary>Takes <c>ADDRESS/LENGTH</c> apart; false if there is no slash, or the length has a leading zero, a sign or is above <paramref name="maxLength"/>.</summary>
    public static bool TrySplit(ReadOnlySpan<char> text, int maxLength, out ReadOnlySpan<char> address, out byte length)
    {
        int slash = text.IndexOf('/');
        address = slash < 0 ? [] : text[..slash];
        ReadOnlySpan<char> digits = slash < 0 ? [] : text[(slash + 1)..];
        bool valid = byte.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out length)
            && (digits.Length == 1 || digits[0] != '0')
            && length <= maxLength;
        return valid;
    }

    /// <summary>Appends <c>/LENGTH</c> to the address that <paramref name="destination"/> starts with; false if it does not fit.</summary>
    public static bool TryAppendLength(Span<char> destination, byte length, ref int charsWritten)
    {
        if (charsWritten == destination.Length)
        {
            return false;
        }

        destination[charsWritten++] = '/';
        bool fits = length.TryFormat(destination[charsWritten..], out int digits, provider: CultureInfo.InvariantCulture);
        charsWritten += digits;
        return fits;
    }
}
