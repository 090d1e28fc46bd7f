namespace Weft.Fuzz.Loop;

/// <summary>Inputs worth keeping, one a line in base64, the short ones first: a text that version control can compare.</summary>
internal static class SeedFile
{
    /// <summary>The inputs of a target; none if there is no file.</summary>
    public static IEnumerable<byte[]> Read(string folder, string target)
    {
        string path = PathOf(folder, target);
        return File.Exists(path) ? File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#').Select(Convert.FromBase64String) : [];
    }

    /// <summary>Writes them, whole or not at all.</summary>
    public static void Write(string folder, string target, IEnumerable<byte[]> inputs)
    {
        Directory.CreateDirectory(folder);
        string path = PathOf(folder, target);
        string partial = path + ".partial";
        File.WriteAllLines(partial, inputs.OrderBy(input => input.Length).Select(Convert.ToBase64String).Distinct());
        File.Move(partial, path, overwrite: true);
    }

    private static string PathOf(string folder, string target) => Path.Combine(folder, target + ".txt");
}
