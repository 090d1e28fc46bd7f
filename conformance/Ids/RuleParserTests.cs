using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>What the parser refuses, where it says the error is, and that no text brings it down.</summary>
public sealed class RuleParserTests
{
    [Theory]
    [InlineData("content:\"abc\"; depth:2;", RuleError.WindowTooSmall)]
    [InlineData("content:\"abc\"; within:2;", RuleError.WindowTooSmall)]
    [InlineData("content:\"a\"; within:0;", RuleError.WindowTooSmall)]
    [InlineData("content:\"\";", RuleError.BadContentLength)]
    [InlineData("content:\"|6|\";", RuleError.BadHex)]
    [InlineData("content:\"|61\";", RuleError.BadHex)]
    [InlineData("content:\"|6g|\";", RuleError.BadHex)]
    [InlineData("nocase; content:\"a\";", RuleError.ModifierWithoutContent)]
    [InlineData("content:\"a\"; fast_pattern; content:\"b\"; fast_pattern;", RuleError.SecondFastPattern)]
    [InlineData("content:\"a\"; depth:5; distance:1;", RuleError.ConflictingModifiers)]
    [InlineData("content:\"a\"; startswith; depth:5;", RuleError.ConflictingModifiers)]
    [InlineData("content:\"a\"; distance:1048577;", RuleError.BadValue)]
    [InlineData("content:\"a;b\";", RuleError.BadQuotes)]
    [InlineData("content:abc;", RuleError.BadQuotes)]
    [InlineData("no.such.keyword; ", RuleError.UnknownKeyword)]
    [InlineData("flow:to_server,to_client;", RuleError.ConflictingModifiers)]
    [InlineData("flow:sideways;", RuleError.BadValue)]
    [InlineData("pcre:\"/(/\";", RuleError.BadPattern)]
    [InlineData("byte_test:1,~,1,0;", RuleError.BadValue)]
    [InlineData("threshold:type limit, track by_src, count 0, seconds 1;", RuleError.BadValue)]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Suricata_refuses_it_too(string options, RuleError expected) =>
        Assert.Equal(expected, RuleBench.Error($"alert udp any any -> any any ({options} sid:1;)").Error);

    [Theory]
    [InlineData("alert udp any any -> any any (content:\"a\";)", RuleError.MissingSid)]
    [InlineData("alert udp any any -> any any (sid:1)", RuleError.UnclosedOptions)]
    [InlineData("alert udp any any -> any any (sid:1;", RuleError.UnclosedOptions)]
    [InlineData("alert udp any any -> any (sid:1;)", RuleError.BadHeader)]
    [InlineData("alarm udp any any -> any any (sid:1;)", RuleError.UnknownAction)]
    [InlineData("alert xdp any any -> any any (sid:1;)", RuleError.UnknownProtocol)]
    [InlineData("alert udp any 0:65536 -> any any (sid:1;)", RuleError.BadPort)]
    [InlineData("alert udp 300.1.1.1 any -> any any (sid:1;)", RuleError.BadAddress)]
    [InlineData("alert udp $NOBODY any -> any any (sid:1;)", RuleError.UnknownVariable)]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_damaged_rule_is_named(string text, RuleError expected) => Assert.Equal(expected, RuleBench.Error(text).Error);

    [Theory]
    [InlineData("content:\"a\"; distance:0;")]
    [InlineData("content:!\"a\"; fast_pattern;")]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Suricata_accepts_it_too(string options) => Assert.Single(RuleBench.Rules($"alert tcp any [1:1024,!80] <> any any ({options} sid:1;)").Rules);

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_diagnostic_names_line_and_column_and_the_other_rules_are_taken()
    {
        var errors = new List<RuleDiagnostic>();
        RuleSet rules = RuleParser.Parse("# two good ones\nalert udp any any -> any any (sid:1;)\n\nalert udp any any -> any any (sid:2; bogus:3;)\nalert udp any any \\\n  -> any any (sid:3;)\nalert udp any any -> any any (sid:1;)"u8, RuleVariables.Default, errors);
        Assert.Equal([1u, 3u], rules.Rules.Select(rule => rule.Sid));
        Assert.Equal([new RuleDiagnostic(4, 38, 2, RuleError.UnknownKeyword, "bogus"), new RuleDiagnostic(7, 31, 1, RuleError.DuplicateSid, "sid")], errors);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Variables_that_define_themselves_end()
    {
        var variables = new RuleVariables { ["A"] = "$B", ["B"] = "[$A,10.0.0.1]" };
        var errors = new List<RuleDiagnostic>();
        Assert.Empty(RuleParser.Parse("alert ip $A any -> any any (sid:1;)"u8, variables, errors).Rules);
        Assert.Equal(RuleError.UnknownVariable, Assert.Single(errors).Error);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_line_of_a_megabyte_and_bytes_that_are_no_text_are_named()
    {
        Assert.Equal(RuleError.TooLong, RuleBench.Error("alert " + new string('(', 1 << 20)).Error);
        var errors = new List<RuleDiagnostic>();
        _ = RuleParser.Parse([.. "alert udp any any -> any any (msg:\""u8, 0xFF, .. "\"; sid:1;)\nalert \0"u8], RuleVariables.Default, errors);
        Assert.Equal([RuleError.NotText, RuleError.NotText], errors.Select(error => error.Error));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void P12_no_text_throws()
    {
        string[] words = ["alert ", "tcp ", "any ", "-> ", "(", ")", ";", "content:", "\"", "|", "41", "\\", "!", "pcre:\"/", "(a+)+$", "/R\"", "byte_test:", "byte_math:bytes ", "1", ",", "[", "]", "$HOME_NET ", "depth:", "sid:1;", "\n", "-9", "99999999999999999999", "flowbits:", "set,", "msg:", "threshold:type ", "flags:", "é", "within:", "dsize:<>"];
        Gen<string> text = Gen.Elements(words).ListOf().Select(parts => "alert tcp any any -> any any (" + string.Concat(parts));
        Prop.ForAll(Arb.From(text), it => { _ = RuleParser.Parse(Encoding.UTF8.GetBytes(it), RuleVariables.Default, new List<RuleDiagnostic>()); }).QuickCheckThrowOnFailure();
    }
}
