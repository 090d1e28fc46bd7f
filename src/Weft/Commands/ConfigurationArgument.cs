using System.CommandLine;
using Weft.Host.Config;

namespace Weft.Cli.Commands;

/// <summary>What all commands that read a configuration share: the argument, <c>--set</c>, and how problems are printed.</summary>
internal sealed class ConfigurationArgument
{
    private readonly Argument<string> _path = new("CONFIG") { Description = "The configuration, YAML or JSON." };
    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Lay a value over the configuration, such as switch.poll=spin or ports[up0].mtu=9000. Repeatable.",
        HelpName = "path=value",
    };

    public ConfigurationArgument(Command command)
    {
        command.Add(_path);
        command.Add(_set);
    }

    public string Path(ParseResult parsed) => parsed.GetRequiredValue(_path);

    /// <summary>The path if it is on the command line yet.</summary>
    public string? PathOrNull(ParseResult parsed) => parsed.GetResult(_path)?.Tokens is [var path, ..] ? path.Value : null;

    public IReadOnlyList<string> Overrides(ParseResult parsed) => parsed.GetValue(_set) ?? [];

    /// <summary>Reads the configuration and prints its problems, like a compiler, to the error stream.</summary>
    /// <returns>The plan, or null if there are errors.</returns>
    public SwitchPlan? Load(ParseResult parsed, out int errors, out int warnings)
    {
        ConfigurationResult result = ConfigurationFile.Read(Path(parsed), Overrides(parsed));
        foreach (ConfigurationProblem problem in result.Problems)
        {
            Console.Error.WriteLine(problem);
        }

        errors = result.Problems.Count(problem => problem.Severity == ProblemSeverity.Error);
        warnings = result.Problems.Count - errors;
        return result.Plan;
    }

    /// <summary>As <see cref="Load(ParseResult, out int, out int)"/>, for commands that do something else with the plan.</summary>
    public SwitchPlan? Load(ParseResult parsed)
    {
        SwitchPlan? plan = Load(parsed, out int errors, out _);
        if (plan is null)
        {
            Console.Error.WriteLine($"{Path(parsed)}: {Count(errors, "error")}");
        }

        return plan;
    }

    public static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";
}
