using System.Text;
using System.Text.RegularExpressions;
using Weft.Conformance.Support;
using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>
/// Rules of Snort 2 and Snort 3: both are read, and a rule that exists in both languages is one rule. The public rules lie outside of
/// the repository, in the folder <c>snort</c> of those that <c>WEFT_DATA</c> names (<c>snort2.rules</c>, <c>snort3.rules</c>).
/// </summary>
public sealed partial class SnortRulesTests(ITestOutputHelper output)
{
    private static readonly RuleError[] Unsupported = [RuleError.UnknownKeyword, RuleError.UnknownProtocol, RuleError.UnsupportedValue];

    [Theory]
    [InlineData("content:\"/a.cgi\"; fast_pattern; nocase; http_uri; content:\"x=\"; http_uri;", "http_uri; content:\"/a.cgi\",fast_pattern,nocase; content:\"x=\"; service:http;")]
    [InlineData("content:\"/a\"; http_uri; content:\"../\"; http_raw_uri; content:\"%00\"; distance:1; http_raw_uri;", "http_uri; content:\"/a\"; http_raw_uri; content:\"../\"; content:\"%00\",distance 1;")]
    [InlineData("content:\"POST\"; http_method; content:\"q=\"; http_client_body; content:\"z\"; within:9; http_client_body;", "http_method; content:\"POST\"; http_client_body; content:\"q=\"; content:\"z\",within 9;")]
    [InlineData("content:\"bot\"; http_user_agent;", "http_header:field user-agent; content:\"bot\";")]
    [InlineData("content:\"a=b\"; http_raw_cookie;", "http_cookie; content:\"a=b\";")]
    [InlineData("urilen:5<>9;", "http_uri; bufferlen:6<=>8;")]
    [InlineData("urilen:7; content:\"/aaaaaa\"; http_uri;", "http_uri; bufferlen:7; content:\"/aaaaaa\";")]
    [InlineData("content:\"200\"; http_stat_code; file_data; content:\"MZ\"; depth:2; content:\"PE\"; distance:4;", "http_stat_code; content:\"200\"; file_data; content:\"MZ\",depth 2; content:\"PE\",distance 4;")]
    [InlineData("content:\"l|00 0B|m\"; fast_pattern:0,2; stream_size:server,<,6;", "raw_data; content:\"l|00 0B|m\",fast_pattern,fast_pattern_offset 0,fast_pattern_length 2; stream_size:<6,to_client;")]
    [InlineData("content:\"B\"; http_uri; pkt_data; content:\"A\"; pcre:\"/c+/R\";", "http_uri; content:\"B\"; pkt_data; content:\"A\"; pcre:\"/c+/R\"; rem:\"why\";")]
    [InlineData("pcre:\"/x[0-9]+/Ui\"; content:\"x\"; http_uri;", "http_uri; pcre:\"/x[0-9]+/i\"; content:\"x\";")]
    [InlineData("ssl_version:tls1.0,tls1.1; content:\"a\"; depth:4;", "ssl_version:tls1.1,tls1.0; content:\"a\",depth 4;")]
    [Trait(Kind.Key, Kind.Corpus)]
    public void A_rule_is_the_same_in_both_languages(string snort2, string snort3) => Assert.Equal(Meaning(snort2), Meaning(snort3));

    [Theory]
    [InlineData("file_data; content:\".exe\"; content:\"Length:\"; http_header;", "file_data; content:\".exe\"; http.header; content:\"Length:\";")]
    [InlineData("file_data; content:\"/a\"; http_uri; content:\"MZ\";", "http.uri; content:\"/a\"; file_data; content:\"MZ\";")]
    [InlineData("file_data; content:\"/a\"; http_uri;", "http.uri; content:\"/a\";")]
    [InlineData("content:\"b\"; base64_decode:bytes 9; base64_data; pcre:\"/x/\"; content:\"/a\"; http_uri;", "content:\"b\"; base64_decode:bytes 9; base64_data; pcre:\"/x/\"; http.uri; content:\"/a\";")]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Behind_a_file_and_decoded_bytes_a_modifier_of_Snort_2_takes_its_content_out(string snort2, string suricata) => Assert.Equal(Meaning(snort2), Meaning(suricata));

    [Theory]
    [InlineData("alert http ( http_uri; content:\"/a\"; sid:1; )", "alert http any any -> any any (http.uri; content:\"/a\"; sid:1;)")]
    [InlineData("block tcp any any -> any 80 (content:\"/a\",nocase; sid:1;)", "drop tcp any any -> any 80 (content:\"/a\"; nocase; sid:1;)")]
    [InlineData("alert tcp any any -> any 80\n(\n  msg:\"one\";\n\n", null)]
    [InlineData("alert tcp any any -> any 80 (\n  msg:\"one\"; # no comment\n  content:\"a;\n", null)]
    [InlineData("alert tcp any any -> any 80 (\r\n  msg:\"one\";\r\n  content:\"a\",\r\n    nocase;\r\n  sid:1;\r\n)\r\n", "alert tcp any any -> any 80 (msg:\"one\"; content:\"a\"; nocase; sid:1;)")]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Snort_3_breaks_lines_and_shortens_headers(string snort3, string? suricata)
    {
        var errors = new List<RuleDiagnostic>();
        RuleSet rules = RuleParser.Parse(Encoding.UTF8.GetBytes(snort3), RuleVariables.Default, errors);
        if (suricata is null)
        {
            Assert.Empty(rules.Rules);
            Assert.NotEmpty(errors);
            return;
        }

        Assert.Empty(errors);
        Assert.Equal(Text(Assert.Single(RuleBench.Rules(suricata).Rules)), Text(Assert.Single(rules.Rules)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_rule_that_is_never_closed_takes_no_other_with_it()
    {
        var errors = new List<RuleDiagnostic>();
        const string Open = "alert tcp any any -> any 80 (msg:\"one\";\n content:\"a\";\n";
        RuleSet rules = RuleParser.Parse(Encoding.UTF8.GetBytes(Open + "alert udp any any -> any any (content:\"b\"; sid:2;)\n" + Open + "# alert\nalert udp any any -> any any (content:\"b\"; sid:3;)"), RuleVariables.Default, errors);
        Assert.Equal([2u, 3u], rules.Rules.Select(rule => rule.Sid));
        Assert.Equal([(1, RuleError.UnclosedOptions), (4, RuleError.UnclosedOptions)], errors.Select(error => (error.Line, error.Error)));
    }

    [Theory]
    [InlineData("snort2.rules", 40_000)]
    [InlineData("snort3.rules", 3_900)]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Public_rules_of_Snort_are_taken_but_for_what_is_not_supported_at_all(string file, int least)
    {
        (RuleSet rules, List<RuleDiagnostic> errors) = Load(file);
        output.WriteLine($"{rules.Rules.Count} taken, {errors.Count} not");
        foreach (IGrouping<string, RuleDiagnostic> group in errors.GroupBy(error => $"{error.Error} {error.Detail}").OrderByDescending(group => group.Count()))
        {
            output.WriteLine($"{group.Count(),6} {group.Key}");
        }

        Assert.True(rules.Rules.Count >= least);
        Assert.True(errors.Count < (rules.Rules.Count + errors.Count) / 50);
        Assert.True(errors.Count(error => !Unsupported.Contains(error.Error)) < (rules.Rules.Count + errors.Count) / 1000);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Public_rules_that_are_in_both_languages_are_read_alike()
    {
        Dictionary<(uint Gid, uint Sid, uint Rev), Rule> first = Load("snort2.rules").Rules.Rules.ToDictionary(rule => (rule.Gid, rule.Sid, rule.Rev));
        (Rule Two, Rule Three)[] both = [.. Load("snort3.rules").Rules.Rules.Where(rule => first.ContainsKey((rule.Gid, rule.Sid, rule.Rev))).Select(rule => (first[(rule.Gid, rule.Sid, rule.Rev)], rule))];
        (Rule Two, Rule Three)[] unlike = [.. both.Where(pair => !Alike(pair.Two).SequenceEqual(Alike(pair.Three)))];
        output.WriteLine($"{both.Length} in both, {unlike.Length} unlike");
        foreach ((Rule two, Rule three) in unlike.Take(200))
        {
            output.WriteLine($"{two.Sid}\n- {string.Join("\n- ", Alike(two).Except(Alike(three)))}\n+ {string.Join("\n+ ", Alike(three).Except(Alike(two)))}");
        }

        Assert.True(both.Length > 3000);
        Assert.Empty(unlike.Select(pair => Text(pair.Three)));
    }

    // What is looked for in each buffer. Which string is looked for first, and the order of flags and the letter for a buffer behind
    // an expression, make no difference.
    private static string[] Checks(Rule rule) =>
        [.. rule.Sections.Select(section => $"{section.Kind} {string.Concat(section.Checks.Select(check => Of(check, section.Kind)))}").Order(StringComparer.Ordinal)];

    private static string Of(PayloadCheck check, BufferKind kind)
    {
        var to = new RuleWriter { Buffer = kind };
        check.Write(to);
        return PcreFlags().Replace(to.ToString(), flags => string.Concat(flags.Value.Where(flag => flag == 'R' || char.IsLower(flag)).Order())).Replace("fast_pattern; ", "", StringComparison.Ordinal);
    }

    [GeneratedRegex("(?<=^pcre:.*/)[a-zA-Z]*(?=\"; $)")]
    private static partial Regex PcreFlags();

    // Where Snort 2 and Suricata mean different things by one word, it is read as Suricata's, and the heirs of Snort 2's rules show
    // it: fast_pattern:only did not look at case, urilen measured the raw URI and counted the ends of a range in.
    private static string[] Alike(Rule rule) =>
        [.. Checks(rule).Select(text => SuricatasOwn().Replace(text, "").ToUpperInvariant()).Where(text => text.Contains(';', StringComparison.Ordinal))];

    [GeneratedRegex("nocase; |bsize:[^;]*; ")]
    private static partial Regex SuricatasOwn();

    private static string Meaning(string options) => Plain(Assert.Single(RuleBench.Rules($"alert tcp any any -> any 80 ({options} sid:1;)").Rules));

    private static string Plain(Rule rule) => string.Join('|', Checks(rule)) + string.Join('|', rule.Headers);

    private static string Text(Rule rule) => rule.ToString()!;

    private static (RuleSet Rules, List<RuleDiagnostic> Errors) Load(string file)
    {
        var errors = new List<RuleDiagnostic>();
        return (RuleParser.Parse(File.ReadAllBytes(Path.Combine(OtherPeoplesData.Need("snort"), file)), RuleVariables.Default, errors), errors);
    }
}
