using System.Text.RegularExpressions;
using Weft.Conformance.Support;

namespace Weft.Conformance.CorpusTests;

/// <summary>What the variable <c>WEFT_CORPUS</c> does, seen from outside: the tests run as a program of their own.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class UserCorpusTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-corpus-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_users_captures_join_the_corpus_and_a_damaged_one_says_where()
    {
        // One capture with a table, in a subfolder; one that ends in the middle of its third packet.
        string below = Directory.CreateDirectory(Path.Combine(_folder, "below")).FullName;
        Copy("frr-bfd.pcap", Path.Combine(below, "good.pcap"));
        Copy("frr-bfd.expected.tsv", Path.Combine(below, "good.expected.tsv"));
        byte[] whole = File.ReadAllBytes(Repository.File("pcaps/frr-bfd.pcap"));
        int second = 24 + 16 + BitConverter.ToInt32(whole, 24 + 8);
        int third = second + 16 + BitConverter.ToInt32(whole, second + 8);
        File.WriteAllBytes(Path.Combine(_folder, "damaged.pcap"), whole[..(third + 20)]);

        CommandResult run = Run(_folder, nameof(CaptureFileTests), nameof(LayoutReplayTests), nameof(FieldReplayTests));
        Assert.True(run.Succeeded, run.Output);
        AssertPassed(run, "A_capture_is_read_to_its_end", "user/below/good.pcap");
        AssertPassed(run, "Every_field_of_every_header", "user/below/good.pcap");
        Assert.Matches(@"A_capture_is_read_to_its_end\(name: ""user/damaged.pcap""\) \[SKIP\]", run.Output);
        Assert.Contains($"at byte {third}; 2 frames before it are replayed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_does_not_fit_its_capture_fails()
    {
        Copy("frr-bfd.pcap", Path.Combine(_folder, "wrong.pcap"));
        string table = File.ReadAllText(Repository.File("pcaps/frr-bfd.expected.tsv"));
        File.WriteAllText(Path.Combine(_folder, "wrong.expected.tsv"), table.Replace("detect_time_multiplier=3", "detect_time_multiplier=4", StringComparison.Ordinal));

        CommandResult run = Run(_folder, nameof(FieldReplayTests));
        Assert.False(run.Succeeded, run.Output);
        Assert.Matches(@"Every_field_of_every_header\w*\(name: ""user/wrong.pcap""\) \[FAIL\]", run.Output);
        Assert.Contains("bfd.detect_time_multiplier = 4 there, 3 here", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_table_tshark_is_asked_there_and_then()
    {
        Tshark.Need();
        Copy("ovs-overlays.pcap", Path.Combine(_folder, "live.pcap"));
        CommandResult run = Run(_folder, nameof(LayoutReplayTests), nameof(FieldReplayTests));
        Assert.True(run.Succeeded, run.Output);
        AssertPassed(run, "Every_field_of_every_header", "user/live.pcap");
        AssertPassed(run, "Every_header_of_every_frame", "user/live.pcap");
    }

    [Fact]
    public void A_folder_that_is_not_there_is_no_empty_corpus()
    {
        CommandResult run = Run(Path.Combine(_folder, "nowhere"), nameof(LayoutReplayTests));
        Assert.False(run.Succeeded, run.Output);
        Assert.Contains("which is no folder", run.Output + run.Error, StringComparison.Ordinal);
    }

    private static CommandResult Run(string folder, params string[] classes)
    {
        string[] filters = [.. classes.SelectMany(name => new[] { "-class", $"Weft.Conformance.CorpusTests.{name}" })];
        return Command.Run(
            TimeSpan.FromSeconds(120),
            "env",
            [$"{Corpus.UserVariable}={folder}", Path.Combine(AppContext.BaseDirectory, "Weft.Conformance"), .. filters, "-reporter", "verbose", "-noColor", "-noAutoReporters"]);
    }

    /// <summary>The reporter says that a test began and ended; in between it says so if it failed or was skipped.</summary>
    private static void AssertPassed(CommandResult run, string test, string capture)
    {
        string name = $@"{test}\w*\(name: ""{Regex.Escape(capture)}""\)";
        Assert.Matches($@"{name} \[FINISHED\]", run.Output);
        Assert.DoesNotMatch($@"{name} \[(SKIP|FAIL)\]", run.Output);
    }

    private static void Copy(string name, string to) => File.Copy(Repository.File("pcaps/" + name), to);
}
