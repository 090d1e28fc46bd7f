using System.Globalization;
using System.Text;

namespace Weft.Host.Config.Yaml;

/// <summary>Text of unknown origin made fit for a terminal and a log line.</summary>
internal static class Quoted
{
    private const int MaxCharacters = 60;

    /// <summary>The text in single quotes, shortened, with everything but printable characters escaped.</summary>
    public static string Of(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, MaxCharacters)))
        {
            UnicodeCategory category = char.GetUnicodeCategory(c);
            bool isPrintable = category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            _ = isPrintable ? quoted.Append(c) : quoted.Append($"\\u{(int)c:x4}");
        }

        return quoted.Append(text.Length > MaxCharacters ? "…'" : "'").ToString();
    }
}
