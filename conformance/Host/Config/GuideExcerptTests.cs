using Weft.Conformance.Support;
using Weft.Host.Config;

namespace Weft.Conformance.ConfigTests;

/// <summary>Every piece of a configuration in a document is one that the reader takes, at the place where it stands.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class GuideExcerptTests
{
    private const string Fence = "```", Begin = "```yaml";

    /// <summary>What an excerpt may lack because it is one: the things that its names stand for, files, and keys that it does not speak of.</summary>
    private static readonly string[] Lacks =
    [
        "has the name '", "' is missing", "does not exist", "cannot be read", "the bridge has no segments", "is no peer of any segment",
        "no tunnel endpoint uses port", "without a live port", "from the cluster, and there is none",
    ];

    public static TheoryData<string, int, string> Excerpts()
    {
        var data = new TheoryData<string, int, string>();
        foreach (string file in Documents())
        {
            string[] lines = File.ReadAllLines(file);
            for (int line = 0; line < lines.Length; line++)
            {
                if (lines[line].TrimEnd() == Begin)
                {
                    string[] excerpt = [.. lines.Skip(line + 1).TakeWhile(text => !text.StartsWith(Fence, StringComparison.Ordinal))];
                    data.Add(Path.GetRelativePath(Repository.Root, file), line + 2, string.Join('\n', excerpt) + "\n");
                    line += excerpt.Length + 1;
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Excerpts))]
    public void The_reader_takes_what_a_document_shows(string document, int line, string excerpt)
    {
        bool isWhole = excerpt.StartsWith("schema:", StringComparison.Ordinal);
        ConfigurationResult read = ConfigurationFile.ReadText(isWhole ? excerpt : "schema: weft/1\n" + excerpt, Repository.File(document));
        Assert.All(
            read.Problems.Where(problem => problem.Severity == ProblemSeverity.Error),
            problem => Assert.True(Lacks.Any(lack => problem.Message.Contains(lack, StringComparison.Ordinal)), $"{document}:{line + problem.Line - (isWhole ? 1 : 2)}: {problem.Message}"));
    }

    private static IEnumerable<string> Documents() => Repository.Files().Where(file => file.EndsWith(".md", StringComparison.Ordinal)).Order();
}
