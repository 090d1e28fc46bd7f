using System.Text;
using Weft.Conformance.Support;
using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>Rules and payloads with the answer that Suricata 7.0.10 gave to them.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class RuleSemanticsTests
{
    private const string P = "abcdefghijklmnopqrstuvwxyz0123456789";

    [Theory]
    [InlineData("content:\"def\"; offset:3; depth:3;", P, true)]
    [InlineData("content:\"def\"; offset:4; depth:3;", P, false)]
    [InlineData("content:\"def\"; offset:2; depth:4;", P, true)]
    [InlineData("content:\"def\"; depth:5;", P, false)]
    [InlineData("content:\"def\"; depth:6;", P, true)]
    [InlineData("content:\"abc\"; content:\"def\"; distance:0;", P, true)]
    [InlineData("content:\"abc\"; content:\"def\"; distance:1;", P, false)]
    [InlineData("content:\"abc\"; content:\"efg\"; distance:0; within:3;", P, false)]
    [InlineData("content:\"abc\"; content:\"efg\"; distance:0; within:4;", P, true)]
    [InlineData("content:\"abc\"; content:\"efg\"; distance:1; within:3;", P, true)]
    [InlineData("content:\"abc\"; content:\"efg\"; within:4;", P, true)]
    [InlineData("content:\"def\"; content:\"abc\"; distance:-6;", P, true)]
    [InlineData("content:\"def\"; content:\"abc\"; distance:-5;", P, false)]
    [InlineData("content:\"def\"; content:\"abc\"; distance:-100;", P, true)]
    [InlineData("content:\"def\"; content:\"abc\"; distance:0;", P, false)]
    [InlineData("content:\"def\"; content:\"abc\";", P, true)]
    [InlineData("content:\"ABC\";", P, false)]
    [InlineData("content:\"ABC\"; nocase;", P, true)]
    [InlineData("content:!\"zzz\";", P, true)]
    [InlineData("content:!\"abc\";", P, false)]
    [InlineData("content:\"abc\"; content:!\"def\"; distance:0; within:3;", P, false)]
    [InlineData("content:\"abc\"; content:!\"def\"; distance:1; within:3;", P, true)]
    [InlineData("content:\"xyz\"; content:!\"abc\"; distance:0;", P, true)]
    [InlineData("content:\"789\"; endswith;", P, true)]
    [InlineData("content:\"678\"; endswith;", P, false)]
    [InlineData("content:\"abc\"; startswith;", P, true)]
    [InlineData("content:\"bcd\"; startswith;", P, false)]
    [InlineData("content:\"ab\"; content:\"ab\"; distance:0;", "xxabxx", false)]
    [InlineData("content:\"ab\"; content:\"ab\"; distance:0;", "xxabxxab", true)]
    [InlineData("content:\"aa\"; content:\"aa\"; distance:0;", "xaaax", false)]
    [InlineData("content:\"aa\"; content:\"aa\"; distance:-1;", "xaaax", true)]
    [InlineData("content:\"aa\"; content:\"aa\";", "xaax", true)]
    [InlineData("content:\"aa\"; content:\"bb\"; distance:0; within:2; content:\"cc\"; distance:0; within:2;", "aabbxxaabbcc", true)]
    [InlineData("content:\"a|3b|b|22|c|5c|d\";", "xxa;b\"c\\dxx", true)]
    [InlineData("content:\"a\\;b\\\"c\\\\d\";", "xxa;b\"c\\dxx", true)]
    [InlineData("content:\"|00 00 00 00|\";", "\0\0\0\0", true)]
    [InlineData("content:\"|00 00 00 00|\"; offset:1;", "\0\0\0\0", false)]
    [InlineData("content:\"|e9|\"; nocase;", "x\u00C9x", false)]
    [InlineData("dsize:36;", P, true)]
    [InlineData("dsize:>36;", P, false)]
    [InlineData("dsize:35<>37;", P, true)]
    [InlineData("isdataat:35;", P, true)]
    [InlineData("isdataat:36;", P, false)]
    [InlineData("content:\"abc\"; isdataat:32,relative;", P, true)]
    [InlineData("content:\"abc\"; isdataat:33,relative;", P, true)]
    [InlineData("content:\"abc\"; isdataat:34,relative;", P, false)]
    [InlineData("content:\"789\"; isdataat:!1,relative;", P, true)]
    [InlineData("content:\"abc\"; pcre:\"/^def/R\";", P, true)]
    [InlineData("pcre:\"/ABC.*XYZ/i\";", P, true)]
    [InlineData("pcre:\"/abc$/\";", P, false)]
    [InlineData("content:\"abc\"; byte_test:1,=,100,0,relative;", P, true)]
    [InlineData("content:\"abc\"; byte_jump:1,0,relative; content:\"9\"; distance:0; within:1;", "abc\u0005.....9", true)]
    [InlineData("content:\"abc\"; byte_jump:1,0,relative; content:\"9\"; distance:0; within:1;", "abc\u0004.....9", false)]
    [InlineData("byte_extract:1,0,n; content:\"Z\"; offset:n; depth:1;", "\u0005abcdZ", true)]
    [InlineData("byte_extract:1,0,n; content:\"Z\"; offset:n; depth:1;", "\u0004abcdZ", false)]
    public void Suricata_7_0_10_answers_the_same(string options, string payload, bool expected) =>
        Assert.Equal(expected, RuleBench.Alerts(options, Encoding.Latin1.GetBytes(payload)));

    [Theory]
    [InlineData(1_400)]
    [InlineData(1_600)]
    [InlineData(16_000)]
    public void A_chain_is_found_behind_any_number_of_false_starts(int falseStarts)
    {
        // Suricata's bound on evaluation steps misses it from 1,600 on.
        byte[] payload = [.. Enumerable.Repeat("aabb"u8.ToArray(), falseStarts).SelectMany(x => x), .. "aabbcc"u8];
        const string Options = "content:\"aa\"; content:\"bb\"; distance:0; within:2; content:\"cc\"; distance:0; within:2;";
        Assert.True(RuleBench.Alerts(Options, payload));
        using var detector = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules($"alert udp any any -> any any ({Options} sid:1;)")), RuleBench.Options);
        _ = RuleBench.Inspect(detector, RuleBench.Udp(payload), default);
        Assert.True(detector.Counters.Steps <= 4 * payload.Length, $"{detector.Counters.Steps} steps for {payload.Length} bytes");
    }

    [Theory]
    [InlineData("byte_math:bytes 1, offset 0, oper +, rvalue 2, result r; content:\"Z\"; offset:r; depth:1;", "\u0003abcdZ", true)]
    [InlineData("byte_math:bytes 1, offset 0, oper *, rvalue 2, result r; content:\"Z\"; offset:r; depth:1;", "\u0002abcdZ", false)]
    [InlineData("byte_test:5,=,12345,2,string,dec;", "id12345", true)]
    [InlineData("byte_test:4,>,0x1000,0,string,hex;", "0fff", false)]
    [InlineData("byte_test:2,=,0x0201,0,little;", "\u0001\u0002", true)]
    [InlineData("byte_test:1,&,128,0;", "\u0080", true)]
    [InlineData("byte_test:1,!&,128,0;", "\u0080", false)]
    [InlineData("byte_test:1,=,2,0,bitmask 0xf0;", "\u0027", true)]
    [InlineData("content:\"k\"; byte_extract:1,0,n,relative; content:\"Z\"; distance:n; within:1;", "k9k\u0002..Z", true)]
    [InlineData("content:\"abcd\",depth 4,nocase; content:\"gh\",distance 2,within 2;", "ABCDefgh", true)]
    public void Numbers_are_read_as_the_user_guide_says(string options, string payload, bool expected) =>
        Assert.Equal(expected, RuleBench.Alerts(options, Encoding.Latin1.GetBytes(payload)));
}
