using System.CommandLine;
using Weft.Host.Config;
using Weft.Host.Config.Comparison;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft check CONFIG [--diff]</c>: everything that is wrong with a configuration, and what a reload with it would change, without touching any device.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command("check", "Check a configuration and print every error with its place. Touches no device.");
        var configuration = new ConfigurationArgument(command);
        var diff = new Option<bool>("--diff") { Description = "Print what a reload would change in the running switch; ends with 0 if nothing, 4 if something, 5 if it would be refused." };
        var socket = new Option<string?>("--socket", "-s") { Description = "With --diff: the running switch's control socket, if not that of the configuration.", HelpName = "path" };
        var against = new Option<string?>("--against") { Description = "With --diff: compare with another file instead of the running switch.", HelpName = "file" };
        var json = new Option<bool>("--json") { Description = "With --diff: print JSON." };
        foreach (Option option in new Option[] { diff, socket, against, json })
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            SwitchPlan? plan = configuration.Load(parsed, out int errors, out int warnings);
            string found = warnings == 0
                ? ConfigurationArgument.Count(errors, "error")
                : $"{ConfigurationArgument.Count(errors, "error")}, {ConfigurationArgument.Count(warnings, "warning")}";
            if (plan is null)
            {
                Console.Error.WriteLine($"{configuration.Path(parsed)}: {found}");
                return ExitCode.Refused;
            }

            if (parsed.GetValue(diff) || parsed.GetValue(against) is not null)
            {
                return await CompareAsync(plan, configuration, parsed, parsed.GetValue(socket), parsed.GetValue(against), parsed.GetValue(json), cancellation).ConfigureAwait(false);
            }

            string parts = $"{ConfigurationArgument.Count(plan.Ports.Count, "port")}, {ConfigurationArgument.Count(plan.Vteps.Count, "tunnel endpoint")}, {ConfigurationArgument.Count(plan.Segments.Count, "segment")}";
            Console.Out.WriteLine($"{configuration.Path(parsed)}: {parts}; {found}");
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<int> CompareAsync(SwitchPlan plan, ConfigurationArgument configuration, ParseResult parsed, string? socket, string? against, bool asJson, CancellationToken cancellation)
    {
        try
        {
            ConfigurationDiff? diff = against is not null
                ? Compare(against, plan)
                : await ControlClient.DiffAsync(socket ?? plan.ControlSocket ?? throw new ControlException("The configuration has no switch.controlSocket, so its running switch cannot be asked; name it with --socket."), configuration.Path(parsed), configuration.Overrides(parsed), cancellation).ConfigureAwait(false);
            if (diff is null)
            {
                return ExitCode.Refused;
            }

            Console.Out.Write(asJson ? SnapshotJson.Serialize(diff, indented: true) + "\n" : diff is { IsEmpty: true, Refusal: null } ? "nothing would change\n" : diff.ToText());
            return diff.Refusal is not null ? ExitCode.NeedsRestart : diff.IsEmpty ? ExitCode.Success : ExitCode.Differs;
        }
        catch (ControlException unavailable)
        {
            Console.Error.WriteLine(unavailable.Message);
            return ExitCode.Unavailable;
        }
    }

    private static ConfigurationDiff? Compare(string against, SwitchPlan plan)
    {
        ConfigurationResult other = ConfigurationFile.Read(against);
        foreach (ConfigurationProblem problem in other.Plan is null ? other.Problems : [])
        {
            Console.Error.WriteLine(problem);
        }

        return other.Plan is null ? null : new ConfigurationDiff { Changes = other.Plan.ChangesTo(plan) };
    }
}
