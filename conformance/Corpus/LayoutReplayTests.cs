using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.CorpusTests;

/// <summary><see cref="PacketLayout"/> beside another program's offsets, inner frames of tunnels included.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class LayoutReplayTests
{
    public static TheoryData<string> Expected => Corpus.ExpectedNames;

    [Theory]
    [MemberData(nameof(Expected))]
    public void Every_header_of_every_frame_lies_where_another_program_finds_it(string name)
    {
        CorpusCapture capture = Corpus.Captures[name];
        CorpusExpectation expected = CaptureFileTests.Load(capture);
        int compared = 0;
        foreach (CorpusFrame frame in capture.Frames)
        {
            IReadOnlyList<ExpectedHeader> headers = expected.Headers(frame.Number);
            if (headers.Any(header => header.Name == "malformed") || frame.OriginalLength > frame.Data.Length)
            {
                continue;
            }

            foreach (PacketLayout layout in ExpectedLayout.Of(headers))
            {
                Assert.True(PacketLayout.TryParse(frame.Data, out PacketLayout ours, layout.L2Offset));
                Assert.Equal(Describe(frame, layout), Describe(frame, ours));
                compared++;
            }
        }

        Assert.True(capture.IsUsers || compared >= capture.Frames.Count, $"only {compared} layouts in {capture.Frames.Count} frames could be compared");
    }

    private static string Describe(CorpusFrame frame, PacketLayout layout) =>
        $"frame {frame.Number}: L2 {layout.L2Offset} L3 {layout.L3Offset} L4 {layout.L4Offset} payload {layout.PayloadOffset} end {layout.EndOffset} " +
        $"type {layout.EtherType} tags {layout.VlanTags} TCI {layout.OuterTci:x4} protocol {layout.Protocol} [{layout.Flags}] error {layout.Error}";
}
