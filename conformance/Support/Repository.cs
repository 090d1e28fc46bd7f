namespace Weft.Conformance.Support;

/// <summary>Finds files of the repository from wherever the tests run.</summary>
public static class Repository
{
    private static readonly string[] BuildOutputs = ["bin", "obj", "out", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", "node_modules", ".git", ".vs", ".idea"];

    /// <summary>The folder that holds Packages.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path below the root, given with forward slashes.</summary>
    public static string File(string relative) => Path.Combine(Root, relative.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Every file below a folder, by default the root, that a clone would hold: build outputs are passed over.</summary>
    public static IEnumerable<string> Files(string? folder = null)
    {
        folder ??= Root;
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            yield return file;
        }

        foreach (string child in Directory.EnumerateDirectories(folder).Where(child => !BuildOutputs.Contains(Path.GetFileName(child))))
        {
            foreach (string file in Files(child))
            {
                yield return file;
            }
        }
    }

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Packages.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds Packages.sln");
    }
}
