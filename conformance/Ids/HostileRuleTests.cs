using System.Text;
using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>Rule files that somebody damaged, or wrote to do damage.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class HostileRuleTests
{
    [Fact]
    public void A_million_rules_take_bounded_memory_and_the_first_too_many_is_named()
    {
        var text = new StringBuilder();
        for (int sid = 1; sid <= 1_000_000; sid++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"alert udp any any -> any {sid % 60_000} (content:\"w{sid}\"; sid:{sid};)\n");
        }

        byte[] bytes = Encoding.ASCII.GetBytes(text.ToString());
        text.Clear();
        var errors = new List<RuleDiagnostic>();
        long before = GC.GetTotalMemory(true);
        RuleSet rules = RuleParser.Parse(bytes, RuleVariables.Default, errors);
        Assert.InRange(GC.GetTotalMemory(true) - before, 0, 1L << 30);
        Assert.Equal(RuleParser.MaxRules, rules.Rules.Count);
        Assert.Equal(new RuleDiagnostic(RuleParser.MaxRules + 1, 1, RuleParser.MaxRules + 1, RuleError.TooMany, ""), Assert.Single(errors));
    }

    [Fact]
    public void A_million_damaged_rules_are_each_named()
    {
        byte[] bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("alert udp any any -> any any (content:\"a; sid:1;)\n", 1_000_000)));
        var errors = new List<RuleDiagnostic>();
        Assert.Empty(RuleParser.Parse(bytes, RuleVariables.Default, errors).Rules);
        Assert.Equal(1_000_000, errors.Count);
        Assert.All(errors, error => Assert.Equal(RuleError.BadQuotes, error.Error));
    }

    [Fact]
    public void A_string_of_65_535_bytes_is_found_and_one_more_is_refused()
    {
        string text = new('q', 65_535);
        RuleSet rules = RuleBench.Rules($"alert udp any any -> any any (content:\"{text}\"; sid:1;)");
        Assert.Equal(1, RuleImage.Compile(rules).RuleCount);
        byte[] payload = Encoding.ASCII.GetBytes(text);
        Assert.Empty(RuleBench.Inspect(rules, RuleBench.Options, RuleBench.Udp(payload[..60_000])));
        Assert.Equal(RuleError.BadContentLength, RuleBench.Error($"alert udp any any -> any any (content:\"{text}q\"; sid:1;)").Error);
    }

    [Theory]
    [InlineData("||||")]
    [InlineData("|41|42|43|")]
    [InlineData("|41 |42| 43|")]
    [InlineData("|||41|||")]
    public void Bars_within_bars_are_bytes_or_an_error_and_nothing_else(string content)
    {
        var errors = new List<RuleDiagnostic>();
        RuleSet rules = RuleParser.Parse(Encoding.ASCII.GetBytes($"alert udp any any -> any any (content:\"{content}\"; sid:1;)"), RuleVariables.Default, errors);
        Assert.Equal(1, rules.Rules.Count + errors.Count);
        Assert.All(errors, error => Assert.True(error.Error is RuleError.BadHex or RuleError.BadContentLength));
    }

    [Theory]
    [InlineData("(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((")]
    [InlineData("(?:(?:(?:(?:a{1,65535}){1,65535}){1,65535}){1,65535}b")]
    [InlineData("(?:(){65535}){65535}")]
    [InlineData("[[[[[[[[[")]
    [InlineData("\\Q\\E\\Q")]
    public void An_expression_that_would_grow_without_end_is_refused_or_small(string expression)
    {
        var errors = new List<RuleDiagnostic>();
        _ = RuleParser.Parse(Encoding.ASCII.GetBytes($"alert udp any any -> any any (pcre:\"/{expression}/\"; sid:1;)"), RuleVariables.Default, errors);
        Assert.All(errors, error => Assert.True(error is { Line: 1, Column: > 1, Sid: 0 }));
    }

    [Fact]
    public void Rules_with_every_port_apart_share_a_bounded_number_of_groups()
    {
        string text = string.Join('\n', Enumerable.Range(1, 2000).Select(i => $"alert tcp any any -> any {i * 7} (content:\"word{i}\"; sid:{i};)"));
        var image = RuleImage.Compile(RuleBench.Rules(text));
        Assert.InRange(image.GroupCount, 1, 200);
        using var detector = new IntrusionDetector(image, RuleBench.Options);
        Assert.Empty(RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Ack, "word1 word2 word3"u8.ToArray()), default).Sids);
    }
}
