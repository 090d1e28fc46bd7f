using Spectre.Console;
using Spectre.Console.Rendering;

namespace Weft.Cli.Views;

/// <summary>Standard output. The same text for a terminal, a file and a pipe; no line is cut to fit, a terminal wraps what is too long.</summary>
internal static class Terminal
{
    /// <summary>Wider than any table, so that none is squeezed.</summary>
    private const int Width = 2000;

    /// <summary>Writes something of Spectre's as plain text, without blanks at the ends of lines and without empty lines.</summary>
    public static void Write(string title, IRenderable what)
    {
        var text = new StringWriter();
        IAnsiConsole plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        plain.Profile.Width = Width;
        plain.Profile.Capabilities.Unicode = true;
        plain.Write(what);

        if (title.Length > 0)
        {
            Console.Out.WriteLine(title);
        }

        foreach (string line in text.ToString().Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0))
        {
            Console.Out.WriteLine(line);
        }
    }

    public static void WriteLine(string text = "") => Console.Out.WriteLine(text);
}
