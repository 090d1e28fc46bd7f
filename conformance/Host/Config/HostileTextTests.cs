using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Host.Config;

namespace Weft.Conformance.ConfigTests;

/// <summary>Whatever a file holds, reading it ends soon, with a plan or with errors that a person can act on, and without an exception.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class HostileTextTests
{
    private static readonly string Sample = File.ReadAllText(Repository.File("samples/vxlan-gateway.yaml"));

    [Fact]
    public void A_sample_cut_off_at_any_length_is_a_plan_or_errors()
    {
        for (int length = 0; length <= Sample.Length; length++)
        {
            AssertAnswered(Sample[..length]);
        }
    }

    [Fact]
    public void A_sample_without_any_one_character_is_a_plan_or_errors()
    {
        for (int i = 0; i < Sample.Length; i++)
        {
            AssertAnswered(Sample.Remove(i, 1));
        }
    }

    [Fact]
    public void Text_made_of_yaml_s_own_signs_is_a_plan_or_errors()
    {
        Gen<string> signs = Gen.Elements("{", "}", "[", "]", ":", ": ", "- ", "\n", "\n  ", "\t", "'", "\"", "&a", "*a", "!!int ", "|\n", ">\n", "? ", "#", "%YAML 1.2\n", "---\n", "...\n", "\\U0", "\\xff", "ports", "name", "1", ",")
            .ArrayOf().Select(string.Concat);
        Arbitrary<string> texts = Arb.From(signs, Shrink);
        Prop.ForAll(texts, text => { AssertAnswered(text); AssertAnswered("schema: weft/1\nports: " + text); }).Check(Chance.Of(3000));
    }

    [Fact]
    public void A_sample_with_characters_replaced_is_a_plan_or_errors()
    {
        Gen<string> mutants = from at in Gen.Choose(0, Sample.Length - 1).ArrayOf(4)
                              from with in Gen.Elements("{}[]:-,&*!|>'\"%@`#?\t\n\0\u0085\u2028\uFEFF\uD800 x9".ToCharArray()).ArrayOf(4)
                              select Replace(at, with);
        Prop.ForAll(Arb.From(mutants, Shrink), AssertAnswered).Check(Chance.Of(2000));
    }

    [Fact]
    public void Random_bytes_in_a_file_are_errors()
    {
        string path = Path.Combine(Path.GetTempPath(), $"weft-{Guid.NewGuid():N}.yaml");
        try
        {
            var random = new Random(20261121);
            for (int i = 0; i < 300; i++)
            {
                byte[] bytes = new byte[random.Next(0, 400)];
                random.NextBytes(bytes);
                File.WriteAllBytes(path, bytes);
                Assert.Contains(ConfigurationFile.Read(path).Problems, problem => problem.Severity == ProblemSeverity.Error);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_of_ten_megabytes_is_refused_without_reading_all_of_it()
    {
        string path = Path.Combine(Path.GetTempPath(), $"weft-{Guid.NewGuid():N}.yaml");
        try
        {
            File.WriteAllText(path, "# " + new string('x', 10 << 20));
            ConfigurationProblem problem = Assert.Single(ConfigurationFile.Read(path).Problems);
            Assert.Contains("more than 4 MiB", problem.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("{a: ")]
    public void Deep_nesting_ends_at_the_bound_and_not_at_the_end_of_the_stack(string opening)
    {
        string text = string.Concat(Enumerable.Repeat(opening, 200_000));

        Assert.Contains(Read(text).Problems, problem => problem.Severity == ProblemSeverity.Error);
    }

    [Fact]
    public void A_bomb_of_aliases_does_not_expand()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++)
        {
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        ConfigurationResult result = Read(bomb.ToString());

        Assert.Contains(result.Problems, problem => problem.Message.StartsWith("anchors", StringComparison.Ordinal));
    }

    [Fact]
    public void Four_thousand_and_ninety_seven_vlans_are_too_many()
    {
        string segments = string.Concat(Enumerable.Range(1, 4097).Select(i => $"  - {{name: s{i}, vlan: {i}}}\n"));

        ConfigurationResult result = Read($"schema: weft/1\nports:\n  - {{name: p, type: tap, device: p}}\nsegments:\n{segments}");

        ConfigurationProblem problem = Assert.Single(result.Problems);
        Assert.Equal("segments: a list of 4097 values is not possible here; expected a list of 1 to 4094 values", $"{problem.Path}: {problem.Message}; expected {problem.Expected}");
    }

    [Fact]
    public void Thousands_of_mistakes_are_counted_and_the_first_ones_listed()
    {
        string segments = string.Concat(Enumerable.Range(1, 2000).Select(i => $"  - {{name: s{i}, vlan: 0}}\n"));

        ConfigurationResult result = Read($"schema: weft/1\nports:\n  - {{name: p, type: tap, device: p}}\nsegments:\n{segments}");

        Assert.Equal(501, result.Problems.Count);
        Assert.Equal("1500 further problems are not listed", result.Problems[^1].Message);
    }

    [Fact]
    public void Control_characters_of_a_file_never_reach_the_terminal()
    {
        string[] places = ["switch: {name: \"X\"}", "switch: {\"X\": 1}", "ports: \"X\"", "vteps: [{port: \"X\"}]", "segments: [{vtep: aX}]"];
        foreach (string place in places)
        {
            string text = "schema: weft/1\n" + place.Replace("X", "\\e]0;owned\\a\\u202E\\x9B31m\\n", StringComparison.Ordinal);
            Assert.All(Read(text).Problems, problem => Assert.DoesNotContain(problem.ToString(), c => char.IsControl(c) || c == '\u202E'));
        }
    }

    private static void AssertAnswered(string text)
    {
        ConfigurationResult result = Read(text);
        bool hasErrors = result.Problems.Any(problem => problem.Severity == ProblemSeverity.Error);
        Assert.True(hasErrors == (result.Plan is null), text);
        Assert.All(result.Problems, problem => Assert.True(problem is { Line: > 0, Column: > 0 }, text));
    }

    private static ConfigurationResult Read(string text) => ConfigurationFile.ReadText(text, Repository.File("samples/hostile.yaml"));

    private static string Replace(int[] at, char[] with)
    {
        char[] text = Sample.ToCharArray();
        for (int i = 0; i < at.Length; i++)
        {
            text[at[i]] = with[i];
        }

        return new string(text);
    }

    private static IEnumerable<string> Shrink(string text) => Enumerable.Range(0, Math.Min(text.Length, 200)).Select(i => text.Remove(i * text.Length / Math.Min(text.Length, 200), 1));
}
