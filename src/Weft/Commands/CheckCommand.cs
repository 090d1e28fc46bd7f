using System.CommandLine;
using Weft.Host.Config;

namespace Weft.Cli.Commands;

/// <summary><c>weft check CONFIG</c>: everything that is wrong with a configuration, without touching any device.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command("check", "Check a configuration and print every error with its place. Touches no device.");
        var configuration = new ConfigurationArgument(command);
        command.SetAction(parsed =>
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

            string parts = $"{ConfigurationArgument.Count(plan.Ports.Count, "port")}, {ConfigurationArgument.Count(plan.Vteps.Count, "tunnel endpoint")}, {ConfigurationArgument.Count(plan.Segments.Count, "segment")}";
            Console.Out.WriteLine($"{configuration.Path(parsed)}: {parts}; {found}");
            return ExitCode.Success;
        });
        return command;
    }
}
