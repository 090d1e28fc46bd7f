using Weft.Conformance.Support;

namespace Weft.Conformance.CorpusTests;

/// <summary>What the views of Weft.Packets read from each header, beside another program's values.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class FieldReplayTests
{
    // Headers that Weft carries without looking inside, or walks as a chain (IPv6 extensions: the layouts' test covers them).
    private static readonly string[] WithoutView =
        ["frame", "llc", "stp", "vrrp", "lldp", "udpencap", "isakmp", "ipv6.hopopts", "ipv6.dstopts", "ipv6.routing"];

    // Fields that no mechanism of Weft needs: it judges such a checksum instead of showing it, or ignores the field by its RFC.
    private static readonly string[] WithoutAccessor = ["eth.len", "eth.trailer", "eth.padding", "igmp.checksum", "gre.checksum", "vxlan.gbp"];

    // tshark could not compute it: a fragment, or a quotation that was cut.
    private const string NotComputable = "2";

    public static TheoryData<string> All => Corpus.Names;

    [Theory]
    [MemberData(nameof(All))]
    public void Every_field_of_every_header_has_the_value_that_another_program_reads(string name)
    {
        CorpusCapture capture = Corpus.Captures[name];
        CorpusExpectation expected = capture.Expect();
        int compared = 0;
        foreach (CorpusFrame frame in capture.Frames)
        {
            if (CorpusExpectation.IsWhole(frame, expected.Headers(frame.Number)))
            {
                compared += Compare(frame, expected.Headers(frame.Number));
            }
        }

        Assert.True(capture.IsUsers || compared >= capture.Frames.Count, $"only {compared} fields in {capture.Frames.Count} frames could be compared");
    }

    [Fact]
    public void The_committed_corpus_shows_every_header_that_has_a_view()
    {
        HashSet<string> seen = [.. Corpus.Captures.Values.Where(capture => !capture.IsUsers).SelectMany(capture => capture.Expect().All).Select(header => header.Name)];
        string[] needed = ["eth", "vlan", "ieee8021ad", "arp", "ip", "ipv6", "ipv6.fraghdr", "udp", "tcp", "icmp", "icmpv6", "igmp", "vxlan", "geneve", "gre", "nsh", "bfd", "esp"];
        Assert.Empty(needed.Except(seen));
        Assert.Empty(seen.Except(needed).Except(WithoutView));
    }

    private static int Compare(CorpusFrame frame, IReadOnlyList<ExpectedHeader> headers)
    {
        int compared = 0;
        var views = new ViewReader(frame.Data);
        foreach (ExpectedHeader header in headers.Where(header => !WithoutView.Contains(header.Name)))
        {
            bool quoted = views.IsQuotation;
            FieldSet? ours = views.Read(header);
            if (ours is null)
            {
                Assert.True(quoted, $"frame {frame.Number}: no view accepts the {header.Name} header at {header.Offset}");
                continue;
            }

            foreach (IGrouping<string, string> field in header.Fields.GroupBy(field => field.Key, field => FieldSet.Normalize(field.Value)))
            {
                string value = string.Join(' ', field);
                if (!WithoutAccessor.Contains($"{header.Name}.{field.Key}") && !IsUnknown(header, field.Key, value))
                {
                    Assert.Equal($"frame {frame.Number}: {header.Name}.{field.Key} = {value}", $"frame {frame.Number}: {header.Name}.{field.Key} = {ours[field.Key]}");
                    compared++;
                }
            }
        }

        return compared;
    }

    /// <summary>VXLAN-GPE's flags have no accessor of their own, and a checksum may not be computable.</summary>
    private static bool IsUnknown(ExpectedHeader header, string field, string value) =>
        (field == "checksum.status" && value == NotComputable) || (header.Name == "vxlan" && field == "flags" && header["next_proto"] is not null);
}
