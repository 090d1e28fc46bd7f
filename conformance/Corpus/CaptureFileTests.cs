using System.Security.Cryptography;
using Weft.Conformance.Checks;
using Weft.Conformance.Support;
using Weft.Pcap;
using YamlDotNet.Serialization;

namespace Weft.Conformance.CorpusTests;

/// <summary>The captures as files: what they are, and that Weft's reader sees what other programs see.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class CaptureFileTests
{
    public static TheoryData<string> All => Corpus.Names;

    public static TheoryData<string> Committed => Corpus.CommittedNames;

    [Theory]
    [MemberData(nameof(Committed))]
    public void A_capture_says_where_it_comes_from_and_what_it_holds(string name)
    {
        CorpusCapture capture = Corpus.Captures[name];
        var sidecar = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(File.ReadAllText(capture.SidecarPath));
        var provenance = Assert.IsType<Dictionary<object, object>>(sidecar["provenance"]);
        Assert.Equal(name, sidecar["capture"]);
        Assert.All(["program", "version"], key => Assert.NotEqual("", provenance[key].ToString()));
        Assert.All(["summary", "holds", "recapture"], key => Assert.NotEqual("", sidecar[key].ToString()));
        Assert.Equal(capture.Frames.Count.ToString(), sidecar["frames"]);
        Assert.Equal(Sha256(capture.FilePath), sidecar["sha256"]);
        Assert.NotNull(capture.ExpectationPath);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_table_of_expectations_belongs_to_its_capture_and_was_computed_by_another_program(string name)
    {
        CorpusCapture capture = Corpus.Captures[name];
        CorpusExpectation expected = capture.Expect();
        Assert.Equal(Sha256(capture.FilePath), expected.CaptureSha256);
        Assert.StartsWith("TShark ", expected.ComputedBy, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_capture_is_read_to_its_end(string name)
    {
        CorpusCapture capture = Corpus.Captures[name];
        IReadOnlyList<CorpusFrame> frames = capture.Frames;
        Assert.SkipWhen(capture.IsUsers && capture.Damage is not null, $"the file is damaged: {capture.Damage}; {frames.Count} frames before it are replayed");
        Assert.Null(capture.Damage);
        Assert.NotEmpty(frames);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_frame_has_the_length_that_another_program_read(string name)
    {
        CorpusCapture capture = Corpus.Captures[name];
        Assert.Empty(CaptureComparison.Lengths(capture, capture.Expect()).Differences);
    }

    private static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
