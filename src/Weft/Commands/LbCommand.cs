using System.CommandLine;
using Weft.Host.Control;

namespace Weft.Cli.Commands;

/// <summary><c>weft lb drain MEMBER --socket PATH</c>: takes a load balancer out of use, gently.</summary>
internal static class LbCommand
{
    public static Command Create() => new("lb", "Work on load balancers.") { Drain() };

    private static Command Drain()
    {
        var member = new Argument<string>("MEMBER") { HelpName = "MEMBER", Description = "The load balancer (lb[].members[].name)." };
        var socket = ControlSocket.Option();
        var command = new Command("drain", "Let a load balancer keep its flows and give it no others.") { member, socket };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                await ControlClient.DrainLbAsync(parsed.GetRequiredValue(socket), parsed.GetRequiredValue(member), cancellation).ConfigureAwait(false);
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
