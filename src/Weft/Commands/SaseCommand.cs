using System.CommandLine;
using Weft.Host.Control;

namespace Weft.Cli.Commands;

/// <summary><c>weft sase drain|undrain --socket PATH</c>: takes a service node out of use, gently.</summary>
internal static class SaseCommand
{
    public static Command Create() => new("sase", "Work on points of presence.")
    {
        Verb("drain", "Have a service node hand its bundles over to their backups, flows first, and take no others.", back: false),
        Verb("undrain", "Have it take bundles again.", back: true),
    };

    private static Command Verb(string name, string description, bool back)
    {
        var socket = new Option<string>("--socket", "-s") { Description = "The switch's control socket (switch.controlSocket).", Required = true, HelpName = "path" };
        var command = new Command(name, description) { socket };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                await ControlClient.DrainSaseAsync(parsed.GetRequiredValue(socket), back, cancellation).ConfigureAwait(false);
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
