using System.CommandLine;
using Weft.Host.Config;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft mesh …</c>: a machine's part in a mesh in which every application talks TLS.</summary>
internal static class MeshCommand
{
    public static Command Create() => new("mesh", "Work on a mesh in which every application talks TLS to every other.") { Plan(), Nft(), MeshRunCommand.Create(), MeshCaCommand.Create() };

    /// <summary>Reads the mesh of a file, and prints what is wrong.</summary>
    public static MeshHostPlan? Load(string path)
    {
        MeshHostPlan? mesh = MeshFile.Read(path, out IReadOnlyList<ConfigurationProblem> problems);
        foreach (ConfigurationProblem problem in problems)
        {
            Console.Error.WriteLine(problem);
        }

        if (mesh is null)
        {
            int errors = problems.Count(problem => problem.Severity == ProblemSeverity.Error);
            Console.Error.WriteLine(errors == 0 ? $"{path}: there is no mesh" : $"{path}: {ConfigurationArgument.Count(errors, "error")}");
        }

        return mesh;
    }

    public static Argument<string> File() => new("CONFIG") { HelpName = "CONFIG", Description = "The configuration of a switch that has a mesh, or a file with 'schema' and 'mesh' only." };

    private static Command Plan()
    {
        Argument<string> file = File();
        var explain = new Option<bool>("--explain") { Description = "Print the path of every client and service, on both sides." };
        var command = new Command("plan", "Check a mesh and prove that each client has exactly one path to each service.") { file, explain };
        command.SetAction(parsed =>
        {
            if (Load(parsed.GetRequiredValue(file)) is not MeshHostPlan mesh)
            {
                return ExitCode.Refused;
            }

            Console.Out.Write(parsed.GetValue(explain) ? MeshReport.Explain(mesh) : MeshReport.Summary(mesh));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Nft()
    {
        Argument<string> file = File();
        var remove = new Option<bool>("--remove") { Description = "Print a script that takes the rules away." };
        var command = new Command("nft", "Print the rules with which the kernel of a plain host redirects and restores, for 'nft -f -'.") { file, remove };
        command.SetAction(parsed =>
        {
            if (Load(parsed.GetRequiredValue(file)) is not MeshHostPlan mesh)
            {
                return ExitCode.Refused;
            }

            Console.Out.Write(parsed.GetValue(remove) ? MeshReport.NftablesRemoval() : MeshReport.Nftables(mesh));
            return ExitCode.Success;
        });
        return command;
    }
}
