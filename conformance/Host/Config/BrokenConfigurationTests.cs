using Weft.Conformance.Support;
using Weft.Host.Config;

namespace Weft.Conformance.ConfigTests;

/// <summary>Each file in Broken/ is a configuration that somebody could write by mistake; beside it stands what they are told.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class BrokenConfigurationTests
{
    private static readonly string Folder = Repository.File("conformance/Host/Config/Broken");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.yaml").Select(path => Path.GetFileName(path)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Tells_every_mistake_with_its_place_and_what_was_expected(string file)
    {
        string path = Path.Combine(Folder, file);
        string expected = File.ReadAllText(Path.ChangeExtension(path, ".expected"));

        ConfigurationResult result = ConfigurationFile.Read(path);

        Assert.Null(result.Plan);
        Assert.Equal(expected, string.Concat(result.Problems.Select(problem => Portable(problem) + "\n")));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Points_into_the_file(string file)
    {
        string path = Path.Combine(Folder, file);
        string[] lines = File.ReadAllText(path).Split('\n');

        foreach (ConfigurationProblem problem in ConfigurationFile.Read(path).Problems)
        {
            Assert.InRange(problem.Line, 1, lines.Length);
            Assert.InRange(problem.Column, 1, lines[problem.Line - 1].Length + 1);
        }
    }

    [Fact]
    public void There_are_more_than_25_of_them_and_each_is_refused_for_a_reason_of_its_own()
    {
        string[] texts = Directory.GetFiles(Folder, "*.expected").Select(File.ReadAllText).ToArray();

        Assert.True(texts.Length >= 25);
        Assert.All(texts, text => Assert.Contains(": error: ", text));
        Assert.Equal(texts.Length, Directory.GetFiles(Folder, "*.yaml").Length);
    }

    private static string Portable(ConfigurationProblem problem) => problem.ToString().Replace(Folder + "/", "", StringComparison.Ordinal);
}
