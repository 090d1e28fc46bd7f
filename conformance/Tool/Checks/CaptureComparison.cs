using Weft.Conformance.CorpusTests;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.Checks;

/// <summary>A place where Weft and another program disagree.</summary>
/// <param name="Frame">The frame, from 1.</param>
/// <param name="What">The header and field, or the layout.</param>
/// <param name="Expected">What the other program says.</param>
/// <param name="Actual">What Weft says.</param>
internal sealed record Difference(int Frame, string What, string Expected, string Actual)
{
    public override string ToString() => $"frame {Frame}: {What} = {Expected} there, {Actual} here";
}

/// <summary>What came of comparing a capture.</summary>
/// <param name="Compared">Values that were compared.</param>
/// <param name="PassedOver">Frames that could not be: captured short, or malformed to the other program.</param>
/// <param name="Differences">Where the programs disagree.</param>
internal sealed record ComparisonResult(int Compared, int PassedOver, IReadOnlyList<Difference> Differences);

/// <summary>Weft's views and layouts beside another program's values.</summary>
internal static class CaptureComparison
{
    // Headers that Weft carries without looking inside, or walks as a chain (IPv6 extensions: the layouts' test covers them).
    public static readonly string[] WithoutView =
        ["frame", "llc", "stp", "vrrp", "lldp", "udpencap", "isakmp", "ipv6.hopopts", "ipv6.dstopts", "ipv6.routing"];

    // Fields that no mechanism of Weft needs: it judges such a checksum instead of showing it, or ignores the field by its RFC.
    private static readonly string[] WithoutAccessor = ["eth.len", "eth.trailer", "eth.padding", "igmp.checksum", "gre.checksum", "vxlan.gbp"];

    // tshark could not compute it: a fragment, or a quotation that was cut.
    private const string NotComputable = "2";

    /// <summary>Every field of every header.</summary>
    public static ComparisonResult Fields(CorpusCapture capture, CorpusExpectation expected) => Compare(capture, expected, Fields);

    /// <summary>The place of every header, inner frames of tunnels included.</summary>
    public static ComparisonResult Layouts(CorpusCapture capture, CorpusExpectation expected) => Compare(capture, expected, Layouts);

    /// <summary>The number of frames and the length of each.</summary>
    public static ComparisonResult Lengths(CorpusCapture capture, CorpusExpectation expected)
    {
        var differences = new List<Difference>();
        foreach (CorpusFrame frame in capture.Frames.Where(frame => expected.Has(frame.Number)))
        {
            ExpectedHeader whole = expected.Headers(frame.Number)[0];
            Add(differences, frame.Number, "captured length", $"{whole.Length}", $"{frame.Data.Length}");
            Add(differences, frame.Number, "original length", whole["len"] ?? "", $"{frame.OriginalLength}");
        }

        int read = capture.Frames.Count + capture.OtherLinkTypes;
        Add(differences, 0, "frames", $"{Math.Min(expected.FrameCount, CorpusCapture.MaxFrames)}", $"{read}");
        return new ComparisonResult(2 * capture.Frames.Count, 0, differences);
    }

    private static ComparisonResult Compare(CorpusCapture capture, CorpusExpectation expected, Func<CorpusFrame, IReadOnlyList<ExpectedHeader>, List<Difference>, int> compare)
    {
        var differences = new List<Difference>();
        int compared = 0, passedOver = 0;
        foreach (CorpusFrame frame in capture.Frames)
        {
            if (!expected.Has(frame.Number) || !CorpusExpectation.IsWhole(frame, expected.Headers(frame.Number)))
            {
                passedOver++;
            }
            else
            {
                compared += compare(frame, expected.Headers(frame.Number), differences);
            }
        }

        return new ComparisonResult(compared, passedOver, differences);
    }

    private static int Layouts(CorpusFrame frame, IReadOnlyList<ExpectedHeader> headers, List<Difference> differences)
    {
        int compared = 0;
        foreach (PacketLayout layout in ExpectedLayout.Of(headers))
        {
            string ours = PacketLayout.TryParse(frame.Data, out PacketLayout found, layout.L2Offset) ? Describe(found) : $"not parsed: {found.Error}";
            Add(differences, frame.Number, $"layout at {layout.L2Offset}", Describe(layout), ours);
            compared++;
        }

        return compared;
    }

    private static int Fields(CorpusFrame frame, IReadOnlyList<ExpectedHeader> headers, List<Difference> differences)
    {
        int compared = 0;
        var views = new ViewReader(frame.Data);
        foreach (ExpectedHeader header in headers.Where(header => !WithoutView.Contains(header.Name)))
        {
            bool quoted = views.IsQuotation;
            FieldSet? ours = views.Read(header);
            if (ours is null)
            {
                Add(differences, frame.Number, $"{header.Name} at {header.Offset}", "a header", quoted ? "a header" : "no view accepts it");
                continue;
            }

            foreach (IGrouping<string, string> field in header.Fields.GroupBy(field => field.Key, field => FieldSet.Normalize(field.Value)))
            {
                string value = string.Join(' ', field);
                if (!WithoutAccessor.Contains($"{header.Name}.{field.Key}") && !IsUnknown(header, field.Key, value))
                {
                    Add(differences, frame.Number, $"{header.Name}.{field.Key}", value, ours[field.Key] ?? "nothing");
                    compared++;
                }
            }
        }

        return compared;
    }

    private static void Add(List<Difference> differences, int frame, string what, string expected, string actual)
    {
        if (expected != actual)
        {
            differences.Add(new Difference(frame, what, expected, actual));
        }
    }

    /// <summary>VXLAN-GPE's flags have no accessor of their own, and a checksum may not be computable.</summary>
    private static bool IsUnknown(ExpectedHeader header, string field, string value) =>
        (field == "checksum.status" && value == NotComputable) || (header.Name == "vxlan" && field == "flags" && header["next_proto"] is not null);

    private static string Describe(PacketLayout layout) =>
        $"L2 {layout.L2Offset} L3 {layout.L3Offset} L4 {layout.L4Offset} payload {layout.PayloadOffset} end {layout.EndOffset} " +
        $"type {layout.EtherType} tags {layout.VlanTags} TCI {layout.OuterTci:x4} protocol {layout.Protocol} [{layout.Flags}] error {layout.Error}";
}
