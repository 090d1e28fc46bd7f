using System.CommandLine;
using Weft.Host.Control;

namespace Weft.Cli.Commands;

/// <summary><c>weft analytics pin|veto|shelve|unshelve|learned|regroup</c>: what an operator decides about behaviour and alarms.</summary>
internal static class AnalyticsCommand
{
    public static Command Create() => new("analytics", "Decide about behaviour and alarms.")
    {
        Decide("pin", "Approve a behaviour: it is normal from now on and never forgotten.", ControlClient.PinAsync),
        Decide("veto", "Refuse a behaviour: it never becomes normal while it is remembered.", ControlClient.VetoAsync),
        Shelve("shelve", "Be told of an alarm no more. Its state changes all the same.", shelved: true),
        Shelve("unshelve", "Be told of an alarm again.", shelved: false),
        Ask("learned", "End learning now: what was seen so far is normal.", ControlClient.FinishLearningAsync),
        Ask("regroup", "Group normal behaviours into roles now ('weft show behaviours').", ControlClient.RegroupAsync),
    };

    private static Command Decide(string name, string description, Func<string, int, CancellationToken, Task> decide)
    {
        var cluster = new Argument<int>("CLUSTER") { HelpName = "CLUSTER", Description = "Number of the cluster ('weft show behaviours')." };
        Option<string> socket = Socket();
        var command = new Command(name, description) { cluster, socket };
        command.SetAction((parsed, cancellation) => Run(() => decide(parsed.GetRequiredValue(socket), parsed.GetRequiredValue(cluster), cancellation)));
        return command;
    }

    private static Command Shelve(string name, string description, bool shelved)
    {
        var type = new Argument<string>("TYPE") { HelpName = "TYPE", Description = "The alarm's type ('weft show alarms')." };
        var qualifier = new Argument<string>("QUALIFIER") { HelpName = "QUALIFIER", Description = "Its qualifier." };
        Option<string> socket = Socket();
        var command = new Command(name, description) { type, qualifier, socket };
        command.SetAction((parsed, cancellation) => Run(() => ControlClient.ShelveAsync(
            parsed.GetRequiredValue(socket), parsed.GetRequiredValue(type), parsed.GetRequiredValue(qualifier), shelved, cancellation)));
        return command;
    }

    private static Command Ask(string name, string description, Func<string, CancellationToken, Task> ask)
    {
        Option<string> socket = Socket();
        var command = new Command(name, description) { socket };
        command.SetAction((parsed, cancellation) => Run(() => ask(parsed.GetRequiredValue(socket), cancellation)));
        return command;
    }

    private static Option<string> Socket() => ControlSocket.Option();

    private static async Task<int> Run(Func<Task> ask)
    {
        try
        {
            await ask().ConfigureAwait(false);
            return ExitCode.Success;
        }
        catch (ControlException refused)
        {
            Console.Error.WriteLine(refused.Message);
            return ExitCode.Unavailable;
        }
    }
}
