using System.Text.RegularExpressions;

namespace Weft.Ids;

/// <summary>What the flags behind an expression say about where it is looked for.</summary>
/// <param name="IsRelative">True if it begins behind the match before.</param>
/// <param name="Buffer">The buffer, null for the one that was named last.</param>
internal readonly record struct PcreFlags(bool IsRelative, BufferKind? Buffer);

/// <summary>Turns <c>/expression/flags</c> into a regular expression of .NET over characters 0 to 255.</summary>
internal static class PcreText
{
    public static RuleError Read(string text, TimeSpan backtrackingLimit, out Regex? regex, out PcreFlags flags)
    {
        regex = null;
        flags = default;
        int close = text.LastIndexOf('/');
        if (close <= 0)
        {
            return RuleError.BadPattern;
        }

        RegexOptions options = RegexOptions.CultureInvariant;
        bool anchored = false;
        bool relative = false;
        BufferKind? buffer = null;
        string letters = text[(close + 1)..];

        // Names under which captures are kept, behind a comma, change nothing about the match.
        int comma = letters.IndexOf(',', StringComparison.Ordinal);
        foreach (char flag in comma < 0 ? letters : letters[..comma])
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
                case 'B' or 'O' or 'E' or 'X' or 'G':
                    break;
                default:
                    if (buffer is not null || !BufferNames.TryPcreFlag(flag, out BufferKind named))
                    {
                        return RuleError.BadPattern;
                    }

                    buffer = named;
                    break;
            }
        }

        flags = new PcreFlags(relative, buffer);
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
