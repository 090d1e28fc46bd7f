using System.CommandLine;
using Weft.Host.Control;

namespace Weft.Cli.Commands;

/// <summary><c>weft bridge failover|drain [NAME] --socket PATH</c>: moves the role of a bridge node.</summary>
internal static class BridgeCommand
{
    public static Command Create() => new("bridge", "Move the role of a bridge node.")
    {
        Verb("failover", "Change sides: a standby takes the role, an active node gives it away. Whoever forwards hands over first.", ControlClient.FailoverAsync),
        Verb("drain", "Give the role away for maintenance; the node takes it again only if the other one dies, or by 'failover'.", ControlClient.DrainAsync),
    };

    private static Command Verb(string name, string description, Func<string, string?, CancellationToken, Task> act)
    {
        var bridge = new Argument<string>("NAME") { HelpName = "NAME", Description = "The bridge; needless if there is but one.", Arity = ArgumentArity.ZeroOrOne };
        var socket = ControlSocket.Option();
        var command = new Command(name, description) { bridge, socket };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                await act(parsed.GetRequiredValue(socket), parsed.GetValue(bridge), cancellation).ConfigureAwait(false);
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
