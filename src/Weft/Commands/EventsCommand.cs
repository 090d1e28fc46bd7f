using System.CommandLine;
using Weft.Cli.Views;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft events --socket PATH [--follow] [--json]</c>: what happened in a running switch.</summary>
internal static class EventsCommand
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var socket = ControlSocket.Option();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what happens next, until interrupted." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line." };
        var since = new Option<long>("--since") { Description = "Number of the first event wanted; default the oldest that the switch still has.", HelpName = "number" };
        var source = new Option<string>("--source") { Description = "Only events of one mechanism, for example bridge.", HelpName = "name" };
        var command = new Command("events", "Show what happened in a running switch.") { socket, follow, json, since, source };
        command.SetAction(async (parsed, cancellation) =>
        {
            bool follows = parsed.GetValue(follow);
            SwitchEvents part;
            long next = parsed.GetValue(since);
            try
            {
                do
                {
                    part = await ControlClient.EventsAsync(parsed.GetRequiredValue(socket), next, follows ? Wait : TimeSpan.Zero, cancellation).ConfigureAwait(false);
                    EventView.Write(part, parsed.GetValue(source), parsed.GetValue(json));
                    next = part.Next;
                }
                while (follows || part.Events.Count > 0); // an answer holds only so many
                return ExitCode.Success;
            }
            catch (ControlException unreachable)
            {
                Console.Error.WriteLine(unreachable.Message);
                return ExitCode.Unavailable;
            }
        });
        return command;
    }
}
