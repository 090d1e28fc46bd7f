using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.CorpusTests;

/// <summary><see cref="PacketLayout"/> beside another program's offsets, inner frames of tunnels included.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class LayoutReplayTests
{
    public static TheoryData<string> All => Corpus.Names;

    [Theory]
    [MemberData(nameof(All))]
    public void Every_header_of_every_frame_lies_where_another_program_finds_it(string name)
    {
        CorpusCapture capture = Corpus.Captures[name];
        CorpusExpectation expected = capture.Expect();
        int compared = 0;
        foreach (CorpusFrame frame in capture.Frames)
        {
            IReadOnlyList<ExpectedHeader> headers = expected.Headers(frame.Number);
            if (!CorpusExpectation.IsWhole(frame, headers))
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
