using System.Globalization;

namespace Weft.Ids;

/// <summary>A comparison with a number: <c>5</c>, <c>!5</c>, <c>&gt;5</c>, <c>&lt;=5</c>, <c>5&lt;&gt;9</c> (ends excluded), <c>5-9</c> (ends included).</summary>
internal readonly record struct NumberRange(long First, long Last, bool IsNegated)
{
    public bool Contains(long value) => (value >= First && value <= Last) != IsNegated;

    public override string ToString()
    {
        string range = First == Last ? string.Create(CultureInfo.InvariantCulture, $"{First}")
            : Last == long.MaxValue ? string.Create(CultureInfo.InvariantCulture, $">={First}")
            : First > Last ? string.Create(CultureInfo.InvariantCulture, $"{First - 1}<>{Last + 1}")
            : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
        return IsNegated ? "!" + range : range;
    }

    public static bool TryParse(string text, out NumberRange range)
    {
        text = text.Replace(" ", "", StringComparison.Ordinal);
        bool negated = text.StartsWith('!');
        text = negated ? text[1..] : text;
        long first = 0;
        long last = long.MaxValue;
        bool isRead;
        if (text.IndexOf("<>", StringComparison.Ordinal) is int between and > 0)
        {
            isRead = TryNumber(text[..between], out first) & TryNumber(text[(between + 2)..], out last);
            first++;
            last--;
        }
        else if (text.IndexOf('-', StringComparison.Ordinal) is int dash and > 0)
        {
            isRead = TryNumber(text[..dash], out first) & TryNumber(text[(dash + 1)..], out last);
        }
        else
        {
            isRead = TryCompared(text, ref first, ref last);
        }

        range = new NumberRange(first, last, negated);
        return isRead && first - 1 <= last;
    }

    private static bool TryCompared(string text, ref long first, ref long last)
    {
        if (text.StartsWith(">=", StringComparison.Ordinal))
        {
            return TryNumber(text[2..], out first);
        }

        if (text.StartsWith("<=", StringComparison.Ordinal))
        {
            return TryNumber(text[2..], out last);
        }

        if (text.StartsWith('>'))
        {
            bool isRead = TryNumber(text[1..], out first);
            first++;
            return isRead;
        }

        if (text.StartsWith('<'))
        {
            bool isRead = TryNumber(text[1..], out last);
            last--;
            return isRead;
        }

        text = text.TrimStart('=');
        return TryNumber(text, out first) & TryNumber(text, out last);
    }

    private static bool TryNumber(string text, out long value) => long.TryParse(text, NumberStyles.None, null, out value);
}
