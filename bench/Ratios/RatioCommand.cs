using System.Reflection;

namespace Weft.Bench.Ratios;

/// <summary>The command <c>ratios [--package NAME] [--short]</c>.</summary>
internal static class RatioCommand
{
    private const string Usage = "ratios [--package NAME] [--short]";

    /// <summary>Runs it. A missed goal is a figure and not a failure; a wrong result is.</summary>
    /// <returns>0; 1 if ours and a peer computed different results; 2 if the arguments are wrong or select nothing.</returns>
    public static int Run(ReadOnlySpan<string> args, TextWriter output, TextWriter errors)
    {
        string? package = null;
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
                default:
                    errors.WriteLine($"unknown argument '{args[0]}'; usage: {Usage}");
                    return 2;
            }
        }

        List<IRatio> chosen = [.. All().Where(ratio => package is null || ratio.Package.Equals(package, StringComparison.OrdinalIgnoreCase))];
        if (chosen.Count == 0 && package is not null)
        {
            errors.WriteLine($"package '{package}' has no ratios; there are: {string.Join(", ", All().Select(ratio => ratio.Package).Distinct())}");
            return 2;
        }

        bool wrong = false;
        foreach (IRatio ratio in chosen)
        {
            RatioResult result = RatioRunner.Run(ratio, shortRun);
            wrong |= result.Differs is not null;
            output.WriteLine(result.ToJson());
        }

        return wrong ? 1 : 0;
    }

    private static IEnumerable<IRatio> All() =>
        from type in Assembly.GetExecutingAssembly().GetTypes()
        where type is { IsClass: true, IsAbstract: false, IsPublic: true } && type.IsAssignableTo(typeof(IRatio))
        let ratio = (IRatio)Activator.CreateInstance(type)!
        orderby ratio.Package, ratio.Name
        select ratio;
}
