namespace Weft.Cli.Suricata;

/// <summary>The part of Suricata's command line that is about captures and rules.</summary>
internal sealed class SuricataArguments
{
    private static readonly string[] Flags =
    [
        "-V", "--build-info", "--dump-config", "-T", "--init-errors-fatal", "--simulate-ips", "--disable-detection", "-v", "-vv", "-vvv", "-vvvv",
    ];

    // -k: whether checksums are verified is the capture's business here; --runmode and --pidfile are about threads and daemons.
    private static readonly string[] WithValue = ["-c", "-r", "-S", "-s", "-l", "-k", "--set", "--runmode", "--pidfile", "--data-dir"];

    private readonly HashSet<string> _flags = [];
    private readonly List<(string Name, string Value)> _values = [];

    /// <summary>Reads a command line.</summary>
    /// <param name="words">The words behind the program's name.</param>
    /// <param name="wrong">What is not understood.</param>
    public static SuricataArguments? TryParse(IReadOnlyList<string> words, out string wrong)
    {
        var arguments = new SuricataArguments();
        wrong = "";
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            int equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=', StringComparison.Ordinal) : -1;
            string name = equals > 0 ? word[..equals] : word;
            if (word.Length == 0)
            {
                continue;
            }

            if (equals < 0 && Flags.Contains(name))
            {
                _ = arguments._flags.Add(name);
            }
            else if (WithValue.Contains(name) && (equals > 0 || i + 1 < words.Count))
            {
                arguments._values.Add((name, equals > 0 ? word[(equals + 1)..] : words[++i]));
            }
            else
            {
                wrong = word;
                return null;
            }
        }

        return arguments;
    }

    public bool Has(string flag) => _flags.Contains(flag);

    /// <summary>The last value of an option, null if there is none.</summary>
    public string? ValueOf(string name) => _values.LastOrDefault(pair => pair.Name == name).Value;

    /// <summary>All values of an option, in order.</summary>
    public IEnumerable<string> ValuesOf(string name) => _values.Where(pair => pair.Name == name).Select(pair => pair.Value);
}
