using System.Text.RegularExpressions;

namespace Weft.Ids;

/// <summary>Turns <c>/expression/flags</c> into a regular expression of .NET over characters 0 to 255.</summary>
internal static class PcreText
{
    public static RuleError Read(string text, TimeSpan backtrackingLimit, out Regex? regex, out bool relative)
    {
        regex = null;
        relative = false;
        int close = text.LastIndexOf('/');
        if (close <= 0)
        {
            return RuleError.BadPattern;
        }

        RegexOptions options = RegexOptions.CultureInvariant;
        bool anchored = false;
        foreach (char flag in text[(close + 1)..])
        {
            switch (flag)
            {
                case 'i':
                    options |= RegexOptions.IgnoreCase;
                    break;
                case 'm':
                    options |= RegexOptions.Multiline;
                    break;
                case 's':
                    options |= RegexOptions.Singleline;
                    break;
                case 'x':
                    options |= RegexOptions.IgnorePatternWhitespace;
                    break;
                case 'A':
                    anchored = true;
                    break;
                case 'R':
                    relative = true;
                    break;
                case 'B' or 'O':
                    break;
                default:
                    return RuleError.BadPattern;
            }
        }

        string expression = text[1..close]
            .Replace("\\/", "/", StringComparison.Ordinal)
            .Replace("\\;", ";", StringComparison.Ordinal)
            .Replace("\\\"", "\"", StringComparison.Ordinal)
            .Replace("(?P<", "(?<", StringComparison.Ordinal);
        regex = Compile(anchored ? $"\\A(?:{expression})" : expression, options, backtrackingLimit);
        return regex is null ? RuleError.BadPattern : RuleError.None;
    }

    private static Regex? Compile(string expression, RegexOptions options, TimeSpan backtrackingLimit)
    {
        try
        {
            return new Regex(expression, options | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            // Look-around, a back-reference or an automaton too large: backtracking, within a limit.
            return new Regex(expression, options, backtrackingLimit);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
