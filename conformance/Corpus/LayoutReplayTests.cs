using Weft.Conformance.Checks;
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
        ComparisonResult result = CaptureComparison.Layouts(capture, capture.Expect());
        Assert.True(result.Differences.Count == 0, string.Join("\n", result.Differences.Take(20)));
        Assert.True(capture.IsUsers || result.Compared >= capture.Frames.Count, $"only {result.Compared} layouts in {capture.Frames.Count} frames could be compared");
    }
}
