namespace Weft.Conformance.Support;

/// <summary>The working tree that the tests were built from.</summary>
public static class RepositoryTree
{
    private static readonly string[] BuildOutputs = ["bin", "obj", "out", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", ".git", ".vs", ".idea"];

    /// <summary>The folder that holds <c>Packages.sln</c>, found upwards from the test assembly.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path below the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Every file below a folder that a clone would hold: build outputs are passed over.</summary>
    public static IEnumerable<string> Files(string? folder = null)
    {
        folder ??= Root;
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            yield return file;
        }

        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            if (!BuildOutputs.Contains(Path.GetFileName(child)))
            {
                foreach (string file in Files(child))
                {
                    yield return file;
                }
            }
        }
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Packages.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Packages.sln above {AppContext.BaseDirectory}: run the tests from a clone of the repository.");
    }
}
