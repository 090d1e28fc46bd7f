using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>Regular expressions match what PCRE2 matches, in bounded time and without memory.</summary>
public sealed partial class ExpressionTests
{
    private static readonly string[] Subjects =
    [
        "", "a", "ab", "aab", "aaab\n", "abcabc", "AbC", "foo bar", "foo\nbar\r\nbaz", "x1y22z333", "a.b.c", "\r\n", "\u0085\u00A0", "aaaaaaaaaaaaaaaaaaaab", "  a  ", "{1}", "a{,2}", "a-b]c", "\\d", "a\0b", "_w_", "abab", "xaxbxcx",
    ];

    // One that remembers failures late, one that does from the first step on.
    private static readonly ExpressionMatcher[] Matchers = [new(), new(0)];

    [Theory]
    [InlineData("a|ab")]
    [InlineData("a*?b")]
    [InlineData("(?:a|b)*")]
    [InlineData("(a*)*b")]
    [InlineData("(?:a*)+?")]
    [InlineData("(a|ab)(c|bcd)?")]
    [InlineData("a++a")]
    [InlineData("(?>a+)b")]
    [InlineData("(?>a|ab)c")]
    [InlineData("^a|b$")]
    [InlineData("\\Aa+\\Z")]
    [InlineData("a+\\z")]
    [InlineData("\\bfoo\\b")]
    [InlineData("\\Bo")]
    [InlineData("(?i)abc")]
    [InlineData("(?i:A)b")]
    [InlineData("a(?-i)B|(?s).b")]
    [InlineData("(?m)^b.*$")]
    [InlineData("(?<=a)b")]
    [InlineData("(?<!a)b")]
    [InlineData("(?<=x|yy)[0-9]")]
    [InlineData("a(?=b)")]
    [InlineData("a(?!b)")]
    [InlineData("(?=(a+))\\1b")]
    [InlineData("(a)\\1")]
    [InlineData("(?i)(a)b\\1")]
    [InlineData("(?P<x>a)(?P=x)|(?<y>b)\\k<y>")]
    [InlineData("(?'q'ab)\\g{q}|(c)\\g{-1}")]
    [InlineData("(a\\2|(b))+")]
    [InlineData("(a|b\\1)+")]
    [InlineData("(a|(?!\\1))+b|((?!\\2)){2}")]
    [InlineData("(?:(?=\\n)|((?!\\1){2}+){2,}?)")]
    [InlineData("(?:(a?)(?=\\1)){3}")]
    [InlineData("(?:(?=\\n))(?:\\s|\\b)\\n")]
    [InlineData("(?s:.*?)++a")]
    [InlineData("(?=(?!\\1)(\\R)){2}?")]
    [InlineData("(?=(a?)|\\1b){2,}c")]
    [InlineData("[^\\n]?(?>\\n){0,2}+a{2}")]
    [InlineData("(?:b\\1|(\\B))+")]
    [InlineData("(?:(a)|b\\1?){2,}?c?")]
    [InlineData("^(?:.??)*(?:\\n|[ab]).")]
    [InlineData("^(?:(?:a??b?)*?c?)*(?:[ab]b|z)")]
    [InlineData("(?:(?:a??)*x??)*[23]")]
    [InlineData("\\x61\\141\\x{62}")]
    [InlineData("\\Qa.b\\E\\.c")]
    [InlineData("\\Qab\\E+")]
    [InlineData("[]a]")]
    [InlineData("[^]a]")]
    [InlineData("[a-]+")]
    [InlineData("[\\w-]+")]
    [InlineData("[a\\-b]+")]
    [InlineData("[[:alpha:][:digit:]]+")]
    [InlineData("[[:^alpha:]]+")]
    [InlineData("[\\x00-\\x1f]")]
    [InlineData("\\R+")]
    [InlineData("\\h*\\w+\\v?")]
    [InlineData("\\N+")]
    [InlineData("a{,2}")]
    [InlineData("a{1}")]
    [InlineData("{1}")]
    [InlineData("a{2,3}?b")]
    [InlineData("(?:ab){1,2}+c")]
    [InlineData("(?:a?){3}b")]
    [InlineData("(?#a comment)a")]
    [InlineData("(?x) a  b # comment\n c")]
    [InlineData("(?U)a+")]
    [InlineData("(?U)a+?")]
    [InlineData("[\\d\\s]+")]
    [InlineData("\\D\\S\\W")]
    [InlineData("x\\d{2,}z")]
    [InlineData(".")]
    [InlineData("\\C")]
    [InlineData("$")]
    [InlineData("^$")]
    [InlineData("(?:)")]
    [InlineData("a||b")]
    [InlineData("\\cJ")]
    [InlineData("\\e|\\a|\\f|\\0")]
    [Trait(Kind.Key, Kind.Model)]
    public void An_expression_matches_where_PCRE2_says(string expression)
    {
        Pcre2.Need();
        foreach (ExpressionModes modes in (ExpressionModes[])[ExpressionModes.None, ExpressionModes.IgnoreCase | ExpressionModes.DotAll, ExpressionModes.Multiline, ExpressionModes.Ungreedy | ExpressionModes.DollarEndOnly])
        {
            foreach (string subject in Subjects)
            {
                AssertSame(expression, modes, Encoding.Latin1.GetBytes(subject));
            }
        }
    }

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("a(b")]
    [InlineData("*a")]
    [InlineData("[a")]
    [InlineData("[b-a]")]
    [InlineData("a{3,2}")]
    [InlineData("a{65536}")]
    [InlineData("\\")]
    [InlineData("(?<n>a)(?<n>b)")]
    [InlineData("\\k<nobody>")]
    [InlineData("(?<=a+)b")]
    [InlineData("[[:nobody:]]")]
    [InlineData("\\x{100}")]
    [InlineData("\\i")]
    [InlineData("(?z)")]
    [Trait(Kind.Key, Kind.Model)]
    public void PCRE2_refuses_it_too(string expression)
    {
        Assert.Equal(RuleError.BadPattern, Expression.TryParse(expression, ExpressionModes.None, new ByteSetCache(), out _));
        Pcre2.Need();
        using Pcre2? peer = Pcre2.TryCompile(expression, ExpressionModes.None);
        Assert.Null(peer);
    }

    [Theory]
    [InlineData("(?R)")]
    [InlineData("(a)(?1)")]
    [InlineData("(?(1)a|b)")]
    [InlineData("(*FAIL)")]
    [InlineData("\\p{L}")]
    [InlineData("(?|(a)|(b))")]
    [InlineData("(?:(?:ab){500}){500}")]
    [Trait(Kind.Key, Kind.Hostile)]
    public void What_is_not_supported_is_said_to_be_that(string expression) =>
        Assert.Equal(RuleError.UnsupportedValue, Expression.TryParse(expression, ExpressionModes.None, new ByteSetCache(), out _));

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Parentheses_within_parentheses_end() =>
        Assert.Equal(RuleError.UnsupportedValue, Expression.TryParse(new string('(', 100_000) + new string(')', 100_000), ExpressionModes.None, new ByteSetCache(), out _));

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Any_expression_matches_where_PCRE2_says()
    {
        Pcre2.Need();
        Gen<string> subject = Gen.Elements("aabbc\n".ToCharArray()).ListOf(24).Select(list => string.Concat(list));
        Gen<ExpressionModes> modes = Gen.Elements(ExpressionModes.None, ExpressionModes.IgnoreCase, ExpressionModes.DotAll, ExpressionModes.Multiline, ExpressionModes.Ungreedy, ExpressionModes.Anchored, ExpressionModes.DollarEndOnly);
        Prop.ForAll(Arb.From(Any(3)), Arb.From(modes), Arb.From(subject), (expression, mode, text) => AssertSame(expression, mode, Encoding.Latin1.GetBytes(text)))
            .Check(Chance.Of(2000));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Every_expression_of_Emerging_Threats_matches_where_PCRE2_says()
    {
        Pcre2.Need();
        string[] texts = [.. Directory.GetFiles(OtherPeoplesData.Need("et-open"), "*.rules").SelectMany(File.ReadLines).Where(line => !line.StartsWith('#'))
            .SelectMany(line => RulePcre().Matches(line)).Select(match => match.Groups[1].Value).Distinct()];
        Assert.True(texts.Length > 500);
        var random = new Random(1);
        foreach (string text in texts)
        {
            int close = text.LastIndexOf('/');
            ExpressionModes modes = (text.IndexOf('i', close) > 0 ? ExpressionModes.IgnoreCase : 0) | (text.IndexOf('s', close) > 0 ? ExpressionModes.DotAll : 0) | (text.IndexOf('m', close) > 0 ? ExpressionModes.Multiline : 0);
            ExpressionNode node = new ExpressionReader(Encoding.UTF8.GetBytes(text[1..close]), modes, new ByteSetCache()).Read();
            for (int i = 0; i < 4; i++)
            {
                var subject = new List<byte>(i == 0 ? [] : "x=1&"u8.ToArray());
                ExpressionSampler.Write(node, random, subject);
                subject.AddRange("\r\n"u8);
                if (i > 1)
                {
                    subject[random.Next(subject.Count)] = (byte)random.Next(256);
                }

                AssertSame(text[1..close], modes, [.. subject], isOptimized: true);
            }
        }
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(a|aa)+$")]
    [InlineData("(a*)*b")]
    [InlineData("(?:a{1,300}a{1,300}){1,3}b")]
    [InlineData(".*.*.*b$")]
    [InlineData(".*?.*?.*?bb")]
    [InlineData("a++b")]
    [InlineData("(?:a|b|ab)*c")]
    [InlineData("(?:(?:(?:(?:a*)*)*)*)*b")]
    [Trait(Kind.Key, Kind.Hostile)]
    public void An_expression_that_looks_around_nothing_takes_linear_time(string expression)
    {
        Assert.Equal(RuleError.None, Expression.TryParse(expression, ExpressionModes.None, new ByteSetCache(), out Expression? compiled));
        Assert.True(compiled!.IsLinear);
        long small = Steps(compiled, 2_000);
        long large = Steps(compiled, 16_000);
        Assert.InRange(large, 0, 10 * small);

        static long Steps(Expression expression, int length)
        {
            byte[] subject = Encoding.ASCII.GetBytes(new string('a', length) + "\0");
            long budget = 1L << 30;
            Assert.False(new ExpressionMatcher().TryFind(expression, subject, 0, ref budget, out _, out _));
            return (1L << 30) - budget;
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void An_expression_that_looks_back_has_so_many_steps_and_no_more()
    {
        RuleSet rules = RuleBench.Rules("alert udp any any -> any any (pcre:\"/(?=(a+))(a|aa)+\\1c/\"; sid:1;)");
        using var detector = new IntrusionDetector(RuleImage.Compile(rules), RuleBench.Options);
        Assert.Empty(RuleBench.Inspect(detector, RuleBench.Udp(Encoding.ASCII.GetBytes(new string('a', 1400))), Timestamp.FromSeconds(1)).Sids);
        Assert.Equal(1, detector.Counters.PcreBudget);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void The_classic_catastrophe_is_decided_not_given_up()
    {
        RuleSet rules = RuleBench.Rules("alert udp any any -> any any (pcre:\"/(a+)+$/\"; sid:1;)\nalert udp any any -> any any (pcre:\"/(a+)+b/\"; sid:2;)");
        using var detector = new IntrusionDetector(RuleImage.Compile(rules), RuleBench.Options);
        Assert.Empty(RuleBench.Inspect(detector, RuleBench.Udp([.. Encoding.ASCII.GetBytes(new string('a', 60_000)), (byte)'!']), Timestamp.FromSeconds(1)).Sids);
        Assert.Equal([1u], RuleBench.Inspect(detector, RuleBench.Udp(Encoding.ASCII.GetBytes(new string('a', 60_000))), Timestamp.FromSeconds(2)).Sids);
        Assert.Equal(0, detector.Counters.PcreBudget);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void P10_matching_allocates_nothing()
    {
        Assert.Equal(RuleError.None, Expression.TryParse("(a|ab)+?(?=c)|(x)\\2[^\\r\\n]{1,30}$", ExpressionModes.None, new ByteSetCache(), out Expression? expression));
        var matcher = new ExpressionMatcher();
        byte[] subject = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("abxxab", 200)));
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                long budget = ExpressionMatcher.StepBudget;
                _ = matcher.TryFind(expression!, subject, 0, ref budget, out _, out _);
            }
        }));
    }

    [GeneratedRegex("pcre:\\s*!?\"(/.*?/[a-zA-Z]*)\"\\s*;")]
    private static partial Regex RulePcre();

    private static Gen<string> Any(int depth)
    {
        Gen<string> atom = Gen.Elements("a", "b", "c", "ab", ".", "[ab]", "[^a]", "\\w", "\\s", "^", "$", "\\b", "\\B", "\\n", "\\R", "\\1", "\\2");
        if (depth == 0)
        {
            return atom;
        }

        Gen<string> part = Any(depth - 1);
        Gen<string> grouped = from open in Gen.Elements("(?:", "(", "(?>", "(?=", "(?!", "(?i:", "(?s:") from inner in part select $"{open}{inner})";
        Gen<string> repeated = from inner in Gen.OneOf(grouped, Gen.Elements("a", "b", ".", "[ab]", "[^\\n]")) from times in Gen.Elements("*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}") from mode in Gen.Elements("", "?", "+") select inner + times + mode;
        return Gen.OneOf(atom, grouped, repeated, from one in part from other in part select one + other, from one in part from other in part select $"(?:{one}|{other})", from one in Gen.Elements("a", "b", "ab") select $"(?<={one})");
    }

    private static void AssertSame(string expression, ExpressionModes modes, byte[] subject, bool isOptimized = false)
    {
        using Pcre2? peer = Pcre2.TryCompile(expression, modes, isOptimized);
        RuleError error = Expression.TryParse(expression, modes, new ByteSetCache(), out Expression? ours);
        if (peer is null)
        {
            // A back-reference to a part that there is not fails here when it is reached.
            return;
        }

        Assert.True(error == RuleError.None, $"{expression}: {error}");
        foreach (ExpressionMatcher matcher in Matchers)
        {
            AssertSame(expression, modes, subject, matcher, ours!, peer);
        }
    }

    private static void AssertSame(string expression, ExpressionModes modes, byte[] subject, ExpressionMatcher matcher, Expression ours, Pcre2 peer)
    {
        for (int from = 0; from <= subject.Length; from++)
        {
            long budget = ExpressionMatcher.StepBudget;
            (int, int)? found = matcher.TryFind(ours, subject, from, ref budget, out int start, out int end) ? (start, end) : null;
            (int, int)? expected = peer.Find(subject, from, out bool isGivenUp);
            if (isGivenUp || (budget < 0 && !ours.IsLinear))
            {
                // What looks around has so many steps here and no more, and anything has there.
                continue;
            }


            // PCRE anchors where it is told to begin, a rule where its buffer begins.
            if ((modes & ExpressionModes.Anchored) == 0 || from == 0)
            {
                Assert.True(expected == found, $"/{expression}/ {modes} over {Encoding.Latin1.GetString(subject)} from {from}: {found}, PCRE2 {expected}");
            }
        }
    }
}
