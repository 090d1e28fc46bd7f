namespace Weft.Conformance.IdsTests;

/// <summary>Rules and captures of others, outside of the repository: named by <c>WEFT_DATA</c> or in <c>shared/data</c> beside it.</summary>
public static class OtherPeoplesData
{
    /// <summary>The folder, or the running test is skipped.</summary>
    public static string Need(string name)
    {
        string? found = Candidates().Select(folder => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists);
        Assert.SkipWhen(found is null, $"needs {name} in the folder that WEFT_DATA names");
        return found;
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("WEFT_DATA") is string named)
        {
            yield return named;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "shared", "data");
        }
    }
}
