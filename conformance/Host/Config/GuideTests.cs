using System.Text;
using Weft.Conformance.Support;
using Weft.Host.Config.Shapes;

namespace Weft.Conformance.ConfigTests;

/// <summary>The guide's list of keys is the reader's.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class GuideTests
{
    private const string Mark = "<!-- Made from the descriptions that the reader works by; a test keeps it current. -->\n";

    [Fact]
    public void The_guide_lists_every_key_as_the_reader_knows_it()
    {
        string path = Repository.File("docs/guides/configuration.md");
        string guide = File.ReadAllText(path);
        int reference = guide.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") == "write")
        {
            File.WriteAllText(path, guide[..reference] + Tables());
            Assert.Fail($"{path} was written; read it, then run without WEFT_GOLDEN");
        }

        Assert.Equal(Tables(), guide[reference..]);
    }

    private static string Tables()
    {
        var text = new StringBuilder();
        foreach (GuideTable table in DocumentShape.Guide())
        {
            _ = text.Append($"\n### {table.Title}\n\n{table.Description}\n\n| key | value | default | meaning |\n|---|---|---|---|\n");
            foreach (GuideRow row in table.Rows)
            {
                _ = text.Append($"| `{row.Key}` | {row.Value} | {row.Default} | {row.Meaning} |\n");
            }
        }

        return text.ToString();
    }
}
