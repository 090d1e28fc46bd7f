using System.CommandLine;
using Weft.Cli.Help;
using Weft.Cli.Views;
using Weft.Host.Config;
using Weft.Host.Datapath;

namespace Weft.Cli.Commands;

/// <summary><c>weft explain REASON</c>: what a drop reason means and what helps.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var reason = new Argument<string?>("REASON") { HelpName = "REASON", Description = "A drop reason such as vlan-not-allowed; all of them if absent.", Arity = ArgumentArity.ZeroOrOne };
        _ = reason.Offers(_ => KnownNames.DropReasonNames);
        var command = new Command("explain", "Explain a drop reason: cause, usual fix, configuration key.") { reason };
        command.SetAction(parsed => parsed.GetValue(reason) is string name ? Explain(name) : List());
        return command;
    }

    private static int Explain(string name)
    {
        if (!DropReasons.TryParse(name, out DropReason reason))
        {
            string[] known = DropReasons.All.Select(each => DropReasons.Explain(each).Name).ToArray();
            string nearest = Suggestion.Nearest(name, known) is string found ? $" Did you mean {found}?" : "";
            Console.Error.WriteLine($"There is no such drop reason.{nearest} 'weft explain' lists them all.");
            return ExitCode.Refused;
        }

        DropExplanation explanation = DropReasons.Explain(reason);
        Console.Out.WriteLine($"{explanation.Name}, dropped by stage {explanation.Stage}");
        Console.Out.WriteLine();
        Console.Out.WriteLine($"Cause  {explanation.Cause}");
        Console.Out.WriteLine($"Fix    {explanation.Fix}");
        if (explanation.ConfigKey is not null)
        {
            Console.Out.WriteLine($"Key    {explanation.ConfigKey}");
        }

        return ExitCode.Success;
    }

    private static int List()
    {
        Terminal.Write("", Tables.Of(DropReasons.All.Select(DropReasons.Explain), ("stage", e => e.Stage), ("reason", e => e.Name), ("cause", e => e.Cause)));
        return ExitCode.Success;
    }
}
