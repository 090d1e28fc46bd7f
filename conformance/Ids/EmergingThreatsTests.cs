using Weft.Conformance.Support;
using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>Emerging Threats' rules: which are taken, why the others are not, and that their strings are found.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class EmergingThreatsTests(ITestOutputHelper output)
{
    // A keyword or protocol that is not supported at all, as opposed to one that is but not in what this rule has of it.
    private static readonly RuleError[] Unsupported = [RuleError.UnknownKeyword, RuleError.UnknownProtocol];

    [Fact]
    public void No_rule_is_refused_but_for_a_keyword_or_protocol_that_is_not_supported_at_all()
    {
        (RuleSet rules, List<RuleDiagnostic> errors) = Load();
        output.WriteLine($"{rules.Rules.Count} taken, {errors.Count} not");
        foreach (IGrouping<string, RuleDiagnostic> group in errors.GroupBy(error => $"{error.Error} {error.Detail}").OrderByDescending(group => group.Count()))
        {
            output.WriteLine($"{group.Count(),6} {group.Key}");
        }

        Assert.DoesNotContain(errors, error => !Unsupported.Contains(error.Error));
        Assert.True(rules.Rules.Count > 4000);
        Assert.True(errors.Count < rules.Rules.Count / 100);
    }

    [Fact]
    public void The_image_of_all_rules_finds_each_of_their_strings()
    {
        var image = RuleImage.Compile(Load().Rules);
        output.WriteLine($"{image.RuleCount} rules, {image.UnanchoredCount} without anchor, {image.GroupCount} groups, {image.PatternCount} patterns, {image.Kinds}, {image.MemoryBytes} bytes");
        Assert.Equal(0, image.RulesLeftOut);
        foreach (PatternSet set in image.Groups.Select(group => group.Patterns))
        {
            for (int pattern = 0; pattern < set.Count; pattern++)
            {
                byte[] data = [.. "ab"u8, .. set.BytesOf(pattern), 0x7E];
                Assert.Contains((pattern, (long)data.Length - 1), Collector.Scan(set, data));
            }
        }
    }

    [Fact]
    public void Windows_and_automaton_find_the_same_in_the_text_of_the_rules()
    {
        RuleSet rules = Load().Rules;
        IEnumerable<Needle> needles = rules.Rules.SelectMany(rule => rule.Contents).Select(content => new Needle(content.Bytes, content.NoCase));
        PatternSet windows = Needle.Build(needles);
        PatternSet automaton = Needle.Build(needles, new PatternSetOptions { Prefer = MatcherKind.Automaton });
        byte[] text = File.ReadAllBytes(Files()[0]).AsSpan(0, 100_000).ToArray();
        SortedSet<(int, long)> expected = Collector.Scan(automaton, text);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Collector.Scan(windows, text));
    }

    private static string[] Files() => [.. Directory.GetFiles(OtherPeoplesData.Need("et-open"), "*.rules").Order(StringComparer.Ordinal)];

    private static (RuleSet Rules, List<RuleDiagnostic> Errors) Load()
    {
        var errors = new List<RuleDiagnostic>();
        byte[] text = [.. Files().SelectMany(file => File.ReadAllBytes(file).Append((byte)'\n'))];
        return (RuleParser.Parse(text, RuleVariables.Default, errors), errors);
    }
}
