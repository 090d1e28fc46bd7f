using System.Text;

namespace Weft.Ids;

/// <summary>Reads the value of <c>content</c>: <c>!"text|0D 0A|\;"</c>.</summary>
internal static class ContentText
{
    public static RuleError Read(string value, out byte[] bytes, out bool negated, out string rest)
    {
        bytes = [];
        rest = "";
        negated = value.StartsWith('!');
        value = (negated ? value[1..] : value).TrimStart();
        int close = value.StartsWith('"') ? CloseOf(value) : -1;
        if (close < 0)
        {
            return RuleError.BadQuotes;
        }

        rest = value[(close + 1)..].Trim();
        if (rest.Length > 0 && rest[0] != ',')
        {
            return RuleError.BadQuotes;
        }

        var result = new List<byte>();
        RuleError error = ReadBytes(value[1..close], result);
        bytes = [.. result];
        return error != RuleError.None ? error : bytes.Length is 0 or > PatternSetBuilder.MaxPatternLength ? RuleError.BadContentLength : RuleError.None;
    }

    private static int CloseOf(string value)
    {
        for (int i = 1; i < value.Length; i++)
        {
            if (value[i] == '"')
            {
                return i;
            }

            i += value[i] == '\\' ? 1 : 0;
        }

        return -1;
    }

    private static RuleError ReadBytes(string text, List<byte> result)
    {
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            bool isEscape = i < text.Length && text[i] == '\\';
            bool isBar = i < text.Length && text[i] == '|';
            if (i < text.Length && !isEscape && !isBar)
            {
                continue;
            }

            result.AddRange(Encoding.UTF8.GetBytes(text[start..i]));
            if (isEscape)
            {
                // The escaped character itself begins the next piece.
                if (++i >= text.Length)
                {
                    return RuleError.BadQuotes;
                }

                start = i;
            }
            else if (isBar)
            {
                int close = text.IndexOf('|', i + 1);
                if (close < 0 || !TryReadHex(text[(i + 1)..close], result))
                {
                    return RuleError.BadHex;
                }

                i = close;
                start = close + 1;
            }
        }

        return RuleError.None;
    }

    private static bool TryReadHex(string text, List<byte> result)
    {
        string digits = text.Replace(" ", "", StringComparison.Ordinal);
        if (digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        result.AddRange(Convert.FromHexString(digits));
        return true;
    }
}
