using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>Conversations, actions, thresholds, exchanged rules.</summary>
public sealed class DetectorTests
{
    private static readonly byte[] Hello = "hello world"u8.ToArray();

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Established_begins_with_the_third_packet_of_a_handshake()
    {
        RuleSet rules = RuleBench.Rules("alert tcp any any -> any 80 (flow:established,to_server; content:\"hello\"; sid:1;)");
        Assert.Empty(RuleBench.Inspect(rules, RuleBench.Options, RuleBench.Tcp(TcpFlags.Ack, Hello)));
        Assert.Equal([1u], RuleBench.Inspect(rules, RuleBench.Options, RuleBench.Tcp(TcpFlags.Syn, []), RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false), RuleBench.Tcp(TcpFlags.Ack, []), RuleBench.Tcp(TcpFlags.Ack, Hello), RuleBench.Tcp(TcpFlags.Ack, Hello, toServer: false)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_flow_bit_joins_two_packets_of_one_conversation_and_of_no_other()
    {
        RuleSet rules = RuleBench.Rules("alert udp any any -> any 53 (content:\"knock\"; flowbits:set,k; flowbits:noalert; sid:1;)\nalert udp any any -> any 53 (content:\"hello\"; flowbits:isset,k; sid:2;)");
        Assert.Equal([2u], RuleBench.Inspect(rules, RuleBench.Options, RuleBench.Udp(Hello), RuleBench.Udp("knock"u8.ToArray()), RuleBench.Udp(Hello), RuleBench.Udp(Hello, clientPort: 4001)));
    }

    [Theory]
    [InlineData("threshold:type limit, track by_src, count 2, seconds 60;", 2)]
    [InlineData("threshold:type threshold, track by_src, count 2, seconds 60;", 3)]
    [InlineData("threshold:type both, track by_dst, count 4, seconds 60;", 1)]
    [InlineData("detection_filter:track by_src, count 4, seconds 60;", 2)]
    [InlineData("threshold:type limit, track by_rule, count 1, seconds 3;", 2)]
    [Trait(Kind.Key, Kind.Model)]
    public void Six_matches_in_six_seconds(string option, int expected) =>
        Assert.Equal(expected, RuleBench.Inspect(RuleBench.Rules($"alert udp any any -> any any (content:\"hello\"; {option} sid:1;)"), RuleBench.Options, [.. Enumerable.Repeat(RuleBench.Udp(Hello), 6)]).Length);

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Pass_goes_before_drop_and_drop_before_alert_whatever_the_order_in_the_file()
    {
        const string Text = "alert udp any any -> any any (content:\"hello\"; sid:1;)\ndrop udp any any -> any any (content:\"hello\"; sid:2;)";
        using var inline = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules(Text)), RuleBench.Options with { IsInline = true });
        (Verdict verdict, uint[] sids) = RuleBench.Inspect(inline, RuleBench.Udp(Hello), default);
        Assert.Equal(Verdict.Drop, verdict);
        Assert.Equal([2u, 1u], sids);
        Assert.Equal(Verdict.Accept, RuleBench.Inspect(inline, RuleBench.Udp("harmless"u8.ToArray()), default).Verdict);
        Assert.Empty(RuleBench.Inspect(RuleBench.Rules(Text + "\npass udp any any -> any any (content:\"hello\"; sid:3;)"), RuleBench.Options, RuleBench.Udp(Hello)));
        using var watching = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules(Text)), RuleBench.Options);
        Assert.Equal(Verdict.Accept, RuleBench.Inspect(watching, RuleBench.Udp(Hello), default).Verdict);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Alerts_without_room_are_counted()
    {
        RuleSet rules = RuleBench.Rules(string.Join('\n', Enumerable.Range(1, 50).Select(sid => $"alert udp any any -> any any (content:\"hello\"; sid:{sid};)")));
        using var detector = new IntrusionDetector(RuleImage.Compile(rules), RuleBench.Options);
        byte[] frame = RuleBench.Udp(Hello);
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        var alerts = new Alert[8];
        _ = detector.Inspect(frame, layout, default, alerts, out int count);
        Assert.Equal((8, 42L), (count, detector.Counters.AlertsLost));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Exchanged_rules_hold_from_the_next_packet_and_conversations_live_on()
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules("alert udp any any -> any any (content:\"hello\"; sid:1;)")), RuleBench.Options);
        Assert.Equal([1u], RuleBench.Inspect(detector, RuleBench.Udp(Hello), default).Sids);
        _ = RuleBench.Inspect(detector, RuleBench.Udp(Hello, toServer: false), default);
        detector.Swap(RuleImage.Compile(RuleBench.Rules("alert udp any any -> any any (flow:established; content:\"world\"; sid:2;)")));
        Assert.Equal([2u], RuleBench.Inspect(detector, RuleBench.Udp(Hello), default).Sids);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void P3_pull_push_and_the_definition_find_the_same_rules()
    {
        string[] strings = ["abcd", "bcda", "aaaa", "ABCD", "dddd", "abab"];
        Gen<string[]> rule = Gen.Elements(strings).NonEmptyListOf().Select(list => list.ToArray());
        Gen<string> payload = Gen.Elements("abcd".ToCharArray()).ListOf().Select(list => string.Concat(list));
        Prop.ForAll(Arb.From(rule.NonEmptyListOf().Select(list => list.ToArray())), Arb.From(payload), (rules, text) =>
        {
            RuleSet set = RuleBench.Rules(string.Join('\n', rules.Select((list, i) => $"alert udp any any -> any any ({string.Concat(list.Select(it => $"content:\"{it}\"; "))}sid:{i + 1};)")));
            uint[] expected = [.. rules.Select((list, i) => (list, i)).Where(it => it.list.All(one => text.Contains(one, StringComparison.Ordinal))).Select(it => (uint)it.i + 1)];
            byte[] frame = RuleBench.Udp(Encoding.ASCII.GetBytes(text));
            Assert.Equal(expected, RuleBench.Inspect(set, RuleBench.Options, frame));
            Assert.Equal(expected, RuleBench.Inspect(set, RuleBench.Options with { Completion = CompletionDesign.Push }, frame));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(CompletionDesign.Pull)]
    [InlineData(CompletionDesign.Push)]
    [Trait(Kind.Key, Kind.Alloc)]
    public void P10_nothing_is_allocated_for_a_packet(CompletionDesign design)
    {
        RuleSet rules = RuleBench.Rules("alert udp any any -> any any (content:\"hello\"; content:\"wor\"; distance:0; pcre:\"/w.rld/R\"; threshold:type limit, track by_src, count 1, seconds 60; flowbits:set,a; sid:1;)\nalert udp any any -> any any (content:\"h\"; byte_extract:1,0,n,relative; content:\"z\"; distance:n; sid:2;)\nalert udp any any -> any any (pcre:\"/^hel/\"; sid:3;)");
        using var detector = new IntrusionDetector(RuleImage.Compile(rules), RuleBench.Options with { Completion = design });
        byte[][] frames = [.. Enumerable.Range(0, 200).Select(i => RuleBench.Udp(Hello, clientPort: (ushort)(1000 + i)))];
        var alerts = new Alert[8];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                byte[] frame = frames[i % frames.Length];
                _ = PacketLayout.TryParse(frame, out PacketLayout layout);
                _ = detector.Inspect(frame, layout, Timestamp.FromMilliseconds(i), alerts, out _);
            }
        }));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void P12_no_frame_throws()
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(RuleBench.Rules("alert ip any any -> any any (content:\"hello\"; itype:>0; ttl:<64; flags:S; sid:1;)\nalert tcp any any -> any any (dsize:>0; byte_test:4,>,1,-3,relative; sid:2;)")), RuleBench.Options);
        var random = new Random(7);
        var alerts = new Alert[4];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] frame = i % 2 == 0 ? RuleBench.Udp(Hello) : RuleBench.Tcp(TcpFlags.Syn, Hello);
            frame[random.Next(frame.Length)] = (byte)random.Next(256);
            frame[random.Next(14, 40)] = (byte)random.Next(256);
            ReadOnlySpan<byte> cut = frame.AsSpan(0, random.Next(frame.Length + 1));
            _ = PacketLayout.TryParse(cut, out PacketLayout layout);
            _ = detector.Inspect(cut, layout, default, alerts, out _);
        }
    }
}
