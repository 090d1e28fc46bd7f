using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>What a rule means, and that nothing but that decides.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class EvaluationPropertyTests
{
    private static readonly Gen<(string Text, int Distance, int Within)> Link =
        from text in Gen.Elements("a", "b", "ab", "ba", "aa")
        from distance in Gen.Choose(-3, 3)
        from within in Gen.Choose(0, 5)
        select (text, distance, within);

    private static readonly Gen<string> Payload = Gen.Elements("ab".ToCharArray()).ListOf(12).Select(list => string.Concat(list));

    [Fact]
    public void P5_a_chain_matches_if_and_only_if_some_choice_of_places_does()
    {
        Prop.ForAll(Arb.From(Link.ListOf(3).Select(list => list.ToArray())), Arb.From(Payload), (chain, payload) =>
        {
            string options = string.Concat(chain.Select((link, i) => $"content:\"{link.Text}\"; {(i == 0 ? "" : $"distance:{link.Distance}; within:{Window(link)}; ")}"));
            Assert.Equal(Exists(chain, 0, -1, payload), RuleBench.Alerts(options, Encoding.ASCII.GetBytes(payload)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void P4_P11_order_of_rules_and_repeated_strings_change_nothing()
    {
        Gen<(string[] Rules, int Seed)> gen =
            from rules in Gen.Elements("abab", "baba", "aabb", "bbbb", "abba").NonEmptyListOf()
            from seed in Gen.Choose(0, 1000)
            select (rules.ToArray(), seed);
        Prop.ForAll(Arb.From(gen), Arb.From(Payload), (one, payload) =>
        {
            string[] lines = [.. one.Rules.Select((text, i) => $"alert udp any any -> any any (content:\"{text}\"; sid:{i + 1};)")];
            string[] twice = [.. one.Rules.Select((text, i) => $"alert udp any any -> any any (content:\"{text}\"; content:\"{text}\"; sid:{i + 1};)")];
            new Random(one.Seed).Shuffle(twice);
            byte[] frame = RuleBench.Udp(Encoding.ASCII.GetBytes(payload));
            uint[] plain = RuleBench.Inspect(RuleBench.Rules(string.Join('\n', lines)), RuleBench.Options, frame);
            Assert.Equal(plain.Order(), RuleBench.Inspect(RuleBench.Rules(string.Join('\n', twice)), RuleBench.Options, frame).Order());
        }).QuickCheckThrowOnFailure();
    }

    // A window must hold its string.
    private static int Window((string Text, int Distance, int Within) link) => link.Text.Length + link.Within;

    private static bool Exists((string Text, int Distance, int Within)[] chain, int at, int end, string payload)
    {
        if (at == chain.Length)
        {
            return true;
        }

        (string text, int distance, _) = chain[at];
        int from = at == 0 ? 0 : Math.Max(0, end + distance);
        int to = at == 0 ? payload.Length : Math.Min(payload.Length, end + distance + Window(chain[at]));
        for (int start = from; start + text.Length <= to; start++)
        {
            if (string.CompareOrdinal(payload, start, text, 0, text.Length) == 0 && Exists(chain, at + 1, start + text.Length, payload))
            {
                return true;
            }
        }

        return false;
    }
}
