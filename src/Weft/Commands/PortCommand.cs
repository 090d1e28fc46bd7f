using System.CommandLine;
using Weft.Host.Control;

namespace Weft.Cli.Commands;

/// <summary><c>weft port enable NAME --socket PATH</c>: opens a port that the switch has shut.</summary>
internal static class PortCommand
{
    public static Command Create() => new("port", "Work on ports.") { Enable() };

    private static Command Enable()
    {
        var port = new Argument<string>("NAME") { HelpName = "NAME", Description = "The port (ports[].name)." };
        var socket = ControlSocket.Option();
        var command = new Command("enable", "Open a port that the switch has shut: for a loop, or a machine that may not be behind it.") { port, socket };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                await ControlClient.EnablePortAsync(parsed.GetRequiredValue(socket), parsed.GetRequiredValue(port), cancellation).ConfigureAwait(false);
                return ExitCode.Success;
            }
            catch (ControlException refused)
            {
                Console.Error.WriteLine(refused.Message);
                return ExitCode.Unavailable;
            }
        });
        return command;
    }
}
