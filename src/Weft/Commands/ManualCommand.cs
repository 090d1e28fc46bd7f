using System.CommandLine;
using Weft.Cli.Help;

namespace Weft.Cli.Commands;

/// <summary><c>weft manual</c>: the manual page, for packages and for <c>man</c>.</summary>
internal static class ManualCommand
{
    public static Command Create()
    {
        var command = new Command("manual", "Print the manual page: 'weft manual > weft.1; man ./weft.1'.");
        command.SetAction(parsed =>
        {
            Console.Out.Write(ManualPage.Of((RootCommand)parsed.RootCommandResult.Command));
            return ExitCode.Success;
        });
        return command;
    }
}
