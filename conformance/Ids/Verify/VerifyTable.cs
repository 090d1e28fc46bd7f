namespace Weft.Conformance.IdsTests;

/// <summary>Runs the cases of a level.</summary>
public static class VerifyTable
{
    public static IEnumerable<(string Name, VerifyVerdict Verdict, string Reason)> Run(string folder, string level)
    {
        foreach (string line in File.ReadLines(Path.Combine(folder, "LEVELS.txt")).Where(line => line.StartsWith(level + " ", StringComparison.Ordinal)))
        {
            string name = line[(level.Length + 1)..];
            var one = new VerifyCase(Path.Combine(folder, "tests", name));
            VerifyVerdict verdict = one.Run();
            yield return (name, verdict, one.Reason);
        }
    }
}
