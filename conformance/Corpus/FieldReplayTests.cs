using Weft.Conformance.Checks;
using Weft.Conformance.Support;

namespace Weft.Conformance.CorpusTests;

/// <summary>What the views of Weft.Packets read from each header, beside another program's values.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class FieldReplayTests
{
    public static TheoryData<string> All => Corpus.Names;

    [Theory]
    [MemberData(nameof(All))]
    public void Every_field_of_every_header_has_the_value_that_another_program_reads(string name)
    {
        CorpusCapture capture = Corpus.Captures[name];
        ComparisonResult result = CaptureComparison.Fields(capture, capture.Expect());
        Assert.True(result.Differences.Count == 0, string.Join("\n", result.Differences.Take(20)));
        Assert.True(capture.IsUsers || result.Compared >= capture.Frames.Count, $"only {result.Compared} fields in {capture.Frames.Count} frames could be compared");
    }

    [Fact]
    public void The_committed_corpus_shows_every_header_that_has_a_view()
    {
        HashSet<string> seen = [.. Corpus.Captures.Values.Where(capture => !capture.IsUsers).SelectMany(capture => capture.Expect().All).Select(header => header.Name)];
        string[] needed = ["eth", "vlan", "ieee8021ad", "arp", "ip", "ipv6", "ipv6.fraghdr", "udp", "tcp", "icmp", "icmpv6", "igmp", "vxlan", "geneve", "gre", "nsh", "bfd", "esp"];
        Assert.Empty(needed.Except(seen));
        Assert.Empty(seen.Except(needed).Except(CaptureComparison.WithoutView));
    }
}
