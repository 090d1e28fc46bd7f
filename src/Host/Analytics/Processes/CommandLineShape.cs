using System.Buffers;

namespace Weft.Host.Analytics.Processes;

/// <summary>
/// The shape of a command line: options without their values, and of what sort the other arguments are. Two calls of one program
/// for one purpose have one shape, whatever file or number they name.
/// </summary>
internal static class CommandLineShape
{
    private const int MaxTokens = 16;
    private const int FolderDepth = 2;
    private static readonly SearchValues<char> OptionLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_");

    /// <summary>The words of the shape, in order and without repetition, 16 at most.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<string> arguments)
    {
        var words = new List<string>();
        for (int i = 1; i < arguments.Count && words.Count < MaxTokens; i++)
        {
            string word = WordOf(arguments[i], after: i == 1 ? "" : arguments[i - 1]);
            if (!words.Contains(word))
            {
                words.Add(word);
            }
        }

        return words;
    }

    /// <summary>The first folders of a path: <c>/etc/nginx/*</c>.</summary>
    public static string FolderOf(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length <= 1 ? "/*" : $"/{string.Join('/', parts.Take(Math.Min(FolderDepth, parts.Length - 1)))}/*";
    }

    /// <summary>An option without its value: <c>--bind=…</c>, <c>-L/usr/lib</c>, <c>-30</c>.</summary>
    private static string OptionOf(string argument)
    {
        bool isLong = argument.StartsWith("--", StringComparison.Ordinal);
        int end = isLong ? argument.IndexOfAny(['=', ' ', ':']) : 1 + argument.AsSpan(1).IndexOfAnyExcept(OptionLetters);
        return end switch
        {
            1 => "-<value>",
            <= 0 => argument,
            _ => argument[..end],
        };
    }

    private static string WordOf(string argument, string after)
    {
        if (argument.Length > 1 && argument[0] == '-')
        {
            return OptionOf(argument);
        }

        if (after is "-c" or "-e" && !argument.StartsWith('/'))
        {
            // A program handed over as text: the program that it begins with.
            string first = argument.TrimStart().Split(' ', 2)[0];
            return $"{after} {first}";
        }

        return argument.StartsWith('/') ? FolderOf(argument)
            : argument.Contains("://", StringComparison.Ordinal) ? $"{argument[..argument.IndexOf("://", StringComparison.Ordinal)]}://*"
            : argument.Length > 0 && argument.All(char.IsAsciiDigit) ? "<number>"
            : "<word>";
    }
}
