using System.CommandLine;
using System.CommandLine.Help;
using System.Text;

namespace Weft.Cli.Help;

/// <summary>The manual page, made of the definitions of commands that parse the command line: man(7) macros, no line longer than 80 characters.</summary>
internal static class ManualPage
{
    /// <summary>Day of the last change to the page's own words.</summary>
    private const string Date = "2026-11-21";
    private const int LineWidth = 78;

    private static readonly (string Code, string Meaning)[] ExitCodes =
    [
        ("0", "Done."),
        ("1", "The command line or the configuration is wrong; what is wrong was printed."),
        ("2", "Something outside is missing or damaged: a device, a file, a privilege, a running switch."),
        ("3", "A defect of weft itself ended the run."),
        ("4", "weft check --diff: a reload would change something."),
        ("5", "weft check --diff: a reload would be refused."),
        ("128+n", "A second signal n ended the process at once."),
    ];

    /// <summary>The page.</summary>
    /// <param name="root">All commands.</param>
    public static string Of(RootCommand root)
    {
        var page = new StringBuilder();
        Line(page, $".TH WEFT 1 \"{Date}\" \"weft\" \"Weft\"");
        Line(page, ".SH NAME");
        Line(page, "weft \\- a software switch for virtual networks");
        Line(page, ".SH SYNOPSIS");
        Line(page, ".B weft");
        Line(page, ".I command");
        Line(page, ".RI [ options ]");
        Line(page, ".SH DESCRIPTION");
        Text(page, "weft bridges VLANs, joins them over VXLAN and Geneve, routes, translates and inspects, on devices or on capture files. It reads one configuration file. A switch that runs is asked, captured from and told through its control socket.");
        Line(page, ".SH COMMANDS");
        Commands(page, root, "weft");
        Line(page, ".SH EXIT STATUS");
        foreach ((string code, string meaning) in ExitCodes)
        {
            Item(page, code, meaning);
        }

        Line(page, ".SH SIGNALS");
        Item(page, "SIGINT, SIGTERM", "weft run finishes its burst, writes its captures and its state, prints its tables and ends. A second one ends the process at once.");
        Item(page, "SIGHUP", "weft run reads the configuration again, prints what changes, and puts it in force. If anything is wrong with it, the old one stays.");
        Line(page, ".SH EXAMPLES");
        Example(page, "Check a configuration, and tell what a reload with it would change:", "weft check /etc/weft/edge.yaml --diff");
        Example(page, "See what becomes of the frames of a port:", "weft capture -s /run/weft/edge.sock --port web1 -w - | tshark -r -");
        Example(page, "Find out why frames are dropped:", "weft show drops -s /run/weft/edge.sock; weft explain vlan-not-allowed");
        // The space behind the last example is the next section's own.
        page.Length -= ".PP\n".Length;
        Line(page, ".SH SEE ALSO");
        Line(page, ".BR tshark (1),");
        Line(page, ".BR ip (8),");
        Line(page, ".BR pcap\\-filter (7),");
        Line(page, ".BR systemd.service (5)");
        return page.ToString();
    }

    private static void Commands(StringBuilder page, Command parent, string path)
    {
        foreach (Command command in parent.Subcommands.Where(command => !command.Hidden))
        {
            string name = $"{path} {command.Name}";
            string arguments = string.Concat(command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" {argument.Name}"));
            Line(page, $".SS {Escape(name + arguments)}");
            Text(page, command.Description ?? "");
            foreach (Argument argument in command.Arguments)
            {
                Item(page, argument.Name, argument.Description ?? "");
            }

            foreach (Option option in command.Options.Where(option => !option.Hidden && option is not HelpOption and not VersionOption))
            {
                Item(page, Names(option), (option.Description ?? "") + (option.Required ? " Required." : ""));
            }

            Commands(page, command, name);
        }
    }

    private static string Names(Option option)
    {
        string names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length));
        return option.ValueType == typeof(bool) ? names : $"{names} {option.HelpName ?? "value"}";
    }

    private static void Item(StringBuilder page, string what, string text)
    {
        Line(page, ".TP");
        Line(page, $".B {Escape(what)}");
        Text(page, text);
    }

    private static void Example(StringBuilder page, string what, string command)
    {
        Text(page, what);
        Line(page, ".PP");
        Line(page, ".nf");
        Line(page, Escape(command));
        Line(page, ".fi");
        Line(page, ".PP");
    }

    /// <summary>Text in lines of a bearable length, each sentence on a new one, as the format wants it.</summary>
    private static void Text(StringBuilder page, string text)
    {
        var line = new StringBuilder();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Escape))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > LineWidth)
            {
                Line(page, line.ToString());
                _ = line.Clear();
            }

            // A line that began so would be a request to the formatter.
            bool isRequest = line.Length == 0 && (word[0] == '.' || word[0] == '\'');
            _ = line.Append(line.Length > 0 ? " " : isRequest ? "\\&" : "").Append(word);
            if (word[^1] is '.' or ';' or ':')
            {
                Line(page, line.ToString());
                _ = line.Clear();
            }
        }

        if (line.Length > 0)
        {
            Line(page, line.ToString());
        }
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (char c in text)
        {
            _ = c switch
            {
                '\\' => escaped.Append("\\e"),
                '-' => escaped.Append("\\-"),
                '\'' => escaped.Append("\\(aq"),
                '"' => escaped.Append("\\(dq"),
                '^' => escaped.Append("\\(ha"),
                '~' => escaped.Append("\\(ti"),
                '`' => escaped.Append("\\(ga"),
                > '\x7f' => escaped.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\[u{(int)c:X4}]"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    private static void Line(StringBuilder page, string line) => page.Append(line).Append('\n');
}
