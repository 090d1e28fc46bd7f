namespace Weft.Conformance.Support;

/// <summary>Finds files of the repository from wherever the tests run.</summary>
public static class Repository
{
    /// <summary>The folder that holds Packages.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path below the root, given with forward slashes.</summary>
    public static string File(string relative) => Path.Combine(Root, relative.Replace('/', Path.DirectorySeparatorChar));

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
