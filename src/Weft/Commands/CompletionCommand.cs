using System.CommandLine;
using System.Reflection;

namespace Weft.Cli.Commands;

/// <summary><c>weft completion SHELL</c>: a script that has a shell complete what somebody types; it asks weft itself.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        _ = shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print a script that completes commands, options, ports, stages, topics and drop reasons in a shell.") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.Write(Script(parsed.GetRequiredValue(shell)));
            return ExitCode.Success;
        });
        return command;
    }

    private static string Script(string shell)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"completion/weft.{shell}")!;
        using var text = new StreamReader(resource);
        return text.ReadToEnd();
    }
}
