using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>Which rules are compared with what: those that could match, found with one look at each byte, and no other result for that.</summary>
public sealed class CandidateTests
{
    // Strings that are scanned for, runs, short ones near the beginning and anywhere, and none at all; for some ports or all.
    private static readonly string[] Options =
    [
        "content:\"abcd\";", "content:\"abcd\"; content:\"bcda\"; distance:0;", "content:\"abcd\"; content:\"aaaa\";", "content:\"aaaa\";", "content:\"aaaaaa\"; nocase;",
        "content:\"ab\"; depth:2;", "content:\"ba\"; startswith;", "content:\"AB\"; nocase; offset:2; depth:2;", "content:\"cd\"; offset:1; depth:9;", "content:\"da\";", "content:!\"ab\"; content:\"cd\"; depth:20;",
        "dsize:>12;", "flags:S;", "flags:PA; content:\"bc\"; depth:4;", "ip_proto:6;", "ip_proto:!6;", "content:\"ab\"; offset:60; depth:4;", "content:\"dcba\"; depth:8;", "content:\"dcba\"; endswith;",
        "flow:established,to_server; content:\"ab\"; depth:6;", "flow:only_stream; content:\"ab\"; depth:6;", "flow:no_stream; content:\"abcd\";", "content:\"a\"; depth:1; content:\"abcd\"; distance:0; within:40;",
    ];

    private static readonly string[] Ports = ["any", "80", "!80", "[22,80]", "1:1023", "25", "53"];

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Rules_alert_together_as_each_does_alone()
    {
        Gen<(string[] Rules, byte[] Text, int[] Cuts, bool Inline)> gen =
            from options in Gen.Elements(Options).ListOf(12)
            from ports in Gen.Elements(Ports).ListOf(12)
            from protocols in Gen.Elements("tcp", "tcp", "ip", "tcp-pkt").ListOf(12)
            from text in Gen.Elements("abcdA"u8.ToArray()).ListOf(120)
            from cuts in Gen.Choose(1, 119).ListOf(5)
            from inline in Gen.Elements(true, false)
            select (options.Zip(ports, protocols).Select((one, i) => $"alert {one.Third} any any -> any {one.Second} ({one.First} sid:{i + 1};)").ToArray(), text.ToArray(), cuts.ToArray(), inline);
        Prop.ForAll(Arb.From(gen), one =>
        {
            int[] ends = [.. one.Cuts.Append(one.Text.Length).Distinct().Order()];
            byte[][] frames =
            [
                RuleBench.Tcp(TcpFlags.Syn, []),
                RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false),
                RuleBench.Tcp(TcpFlags.Ack, []),
                .. ends.Select((end, i) => RuleBench.Tcp(TcpFlags.Ack | TcpFlags.Psh, one.Text[(i == 0 ? 0 : ends[i - 1])..end], sequence: 1 + (uint)(i == 0 ? 0 : ends[i - 1]))),
                RuleBench.Tcp(TcpFlags.Ack, [], toServer: false, acknowledgment: 1 + (uint)one.Text.Length),
            ];
            DetectorOptions options = RuleBench.Options with { IsInline = one.Inline, StreamCapacity = 4, SessionCapacity = 4, FragmentCapacity = 1 };
            uint[] together = RuleBench.Inspect(RuleBench.Rules(string.Join('\n', one.Rules)), options, frames);
            uint[] alone = [.. one.Rules.SelectMany(rule => RuleBench.Inspect(RuleBench.Rules(rule), options, frames))];
            Assert.Equal(alone.Order(), together.Order());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_stream_in_order_is_scanned_once_for_rules_of_packets_and_of_streams()
    {
        const int Segments = 10;
        const int Bytes = 1000;
        const int LongestString = 8;
        RuleSet rules = RuleBench.Rules("""
            alert tcp any any -> any any (content:"needle-1"; sid:1;)
            alert tcp-pkt any any -> any any (content:"needle-2"; sid:2;)
            """);
        using var detector = new IntrusionDetector(RuleImage.Compile(rules), RuleBench.Options);
        byte[] text = new byte[Segments * Bytes];
        new Random(1).NextBytes(text);
        "needle-1"u8.CopyTo(text.AsSpan(Bytes - 4));
        "needle-2"u8.CopyTo(text.AsSpan(3 * Bytes));
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Syn, []), default);
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Syn | TcpFlags.Ack, [], toServer: false), default);
        _ = RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Ack, []), default);
        var found = new List<uint>();
        for (int i = 0; i < Segments; i++)
        {
            found.AddRange(RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Ack, text[(i * Bytes)..((i + 1) * Bytes)], sequence: 1 + (uint)(i * Bytes)), default).Sids);
            found.AddRange(RuleBench.Inspect(detector, RuleBench.Tcp(TcpFlags.Ack, [], toServer: false, acknowledgment: 1 + (uint)((i + 1) * Bytes)), default).Sids);
        }

        Assert.Equal([1u, 2u], found.Order());
        Assert.InRange(detector.Counters.Scan.Bytes, text.Length, text.Length + Segments * LongestString);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData("content:\"|18 03|\"; depth:2;", 0)]
    [InlineData("content:\"ab\"; startswith; nocase;", 0)]
    [InlineData("content:\"|00 00 00 00|\"; offset:4; depth:4;", 0)]
    [InlineData("content:\"ab\"; offset:4096; depth:2;", 1)]
    [InlineData("content:\"ab\";", 1)]
    [InlineData("content:\"abcd\"; content:\"|00 00 00 00 00|\";", 1)]
    [InlineData("content:\"|00 00 00 00 00|\";", 1)]
    public void Strings_that_all_traffic_has_are_scanned_for_only_if_a_rule_has_no_other_and_no_place_to_look(string options, int scanned)
    {
        RuleImage image = RuleImage.Compile(RuleBench.Rules($"alert tcp any any -> any any ({options} sid:1;)"));
        Assert.Equal(scanned, image.TcpGroup(toServer: true, 80).Patterns.Count);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void A_port_has_no_costly_strings_of_rules_for_other_ports()
    {
        string many = string.Join('\n', Enumerable.Range(0, 200).Select(i => $"alert tcp any any -> any any (content:\"word-{i}-\"; sid:{i + 1};)"));
        RuleImage image = RuleImage.Compile(RuleBench.Rules($"{many}\nalert tcp any any -> any 23 (content:\"sh\"; sid:1000;)\nalert tcp any any -> any 24 (content:\"shell\"; sid:1001;)"));
        Assert.Equal(201, image.TcpGroup(toServer: true, 80).Patterns.Count);
        Assert.Equal(201, image.TcpGroup(toServer: true, 24).Patterns.Count);
        Assert.InRange(image.TcpGroup(toServer: true, 23).Patterns.Count, 201, 202);
    }
}
