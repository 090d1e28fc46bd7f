using System.Diagnostics;
using System.Reflection;

namespace Weft.Bench.Ratios;

/// <summary>The command <c>ratios [--package NAME] [--only WORDS] [--short]</c>.</summary>
internal static class RatioCommand
{
    private const string Usage = "ratios [--package NAME] [--only WORDS] [--short]";
    private const int Done = 0;
    private const int WrongResult = 1;
    private const int WrongArguments = 2;

    /// <summary>Runs it. A missed goal is a figure and not a failure; a wrong result is.</summary>
    /// <returns>0; 1 if ours and a peer computed different results; 2 if the arguments are wrong or select nothing.</returns>
    public static int Run(ReadOnlySpan<string> args, TextWriter output, TextWriter errors)
    {
        string? package = null;
        string only = "";
        bool shortRun = false;
        while (!args.IsEmpty)
        {
            switch (args)
            {
                case ["--short", .. var rest]:
                    shortRun = true;
                    args = rest;
                    break;
                case ["--package", string name, .. var rest]:
                    package = name;
                    args = rest;
                    break;
                case ["--only", string words, .. var rest]:
                    only = words;
                    args = rest;
                    break;
                default:
                    errors.WriteLine($"unknown argument '{args[0]}'; usage: {Usage}");
                    return WrongArguments;
            }
        }

        return package is null ? RunAll(shortRun) : RunPackage(package, only, shortRun, output, errors);
    }

    private static int RunPackage(string package, string only, bool shortRun, TextWriter output, TextWriter errors)
    {
        List<IRatio> chosen = [.. All().Where(ratio => ratio.Package.Equals(package, StringComparison.OrdinalIgnoreCase) && ratio.Name.StartsWith(only, StringComparison.OrdinalIgnoreCase))];
        if (chosen.Count == 0)
        {
            errors.WriteLine($"package '{package}' has no ratios; there are: {string.Join(", ", Packages())}");
            return WrongArguments;
        }

        int outcome = Done;
        foreach (IRatio ratio in chosen)
        {
            RatioResult result = RatioRunner.Run(ratio, shortRun);
            outcome = result.Differs is null ? outcome : WrongResult;
            output.WriteLine(result.ToJson());
            output.Flush();
        }

        return outcome;
    }

    /// <summary>
    /// Measures every package in a process of its own: the heap of one does not weigh on the next, and libraries that can be
    /// started once a process (DPDK's EAL) are started by each as it needs them.
    /// </summary>
    private static int RunAll(bool shortRun)
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Assembly.GetExecutingAssembly().Location] : [];
        int outcome = Done;
        foreach (string package in Packages())
        {
            string[] arguments = [.. self, "ratios", "--package", package, .. shortRun ? ["--short"] : Array.Empty<string>()];
            using Process process = Process.Start(program, arguments);
            process.WaitForExit();
            outcome = Math.Max(outcome, process.ExitCode);
        }

        return outcome;
    }

    private static IEnumerable<string> Packages() => All().Select(ratio => ratio.Package).Distinct();

    private static IEnumerable<IRatio> All() =>
        from type in Assembly.GetExecutingAssembly().GetTypes()
        where type is { IsClass: true, IsAbstract: false, IsPublic: true }
        from ratio in type.IsAssignableTo(typeof(IRatio)) ? [(IRatio)Activator.CreateInstance(type)!]
            : type.IsAssignableTo(typeof(IRatioFamily)) ? ((IRatioFamily)Activator.CreateInstance(type)!).Make()
            : []
        orderby ratio.Package, ratio.Name
        select ratio;
}
