using System.Collections.Immutable;
using Weft.Host.Config.Document;
using Weft.Host.Config.Shapes;
using Weft.Host.Config.Validation;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config;

/// <summary>
/// Reads this machine's part in a mesh: from the configuration of a switch, or from a file of a plain host that has the keys <c>schema</c> and
/// <c>mesh</c> only.
/// </summary>
public static class MeshFile
{
    /// <summary>Reads a file and says everything that is wrong with it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problems">Every problem.</param>
    /// <returns>The part in the mesh; null if there are errors, or the file has no mesh.</returns>
    public static MeshHostPlan? Read(string path, out IReadOnlyList<ConfigurationProblem> problems)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ConfigurationResult whole = ConfigurationFile.Read(path);
        if (whole.Plan is SwitchPlan plan)
        {
            problems = whole.Problems;
            return plan.Mesh;
        }

        var found = new ProblemList();
        if (!File.Exists(path) || NodeReader.Read(File.ReadAllText(path), path, found) is not MappingNode root || root.IndexOf("ports") >= 0)
        {
            problems = whole.Problems;
            return null;
        }

        SwitchDocument document = MeshShape.File.Read(root, root.At(""), found);
        var context = new ValidationContext(document, found, Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/");
        MeshValidator.Validate(context);
        if (document.Mesh.AgentPort.IsWritten)
        {
            found.Error(document.Mesh.AgentPort.At, "a plain host has no ports: its kernel translates", "no 'agent', or 'ports' and 'segments' of a switch");
        }

        problems = found.Sorted();
        return found.HasErrors ? null : MeshValidator.Plan(context);
    }
}
