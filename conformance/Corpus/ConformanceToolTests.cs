using System.Text.Json;
using Weft.Conformance.Support;

namespace Weft.Conformance.CorpusTests;

/// <summary>The tool that others run on their captures, as they run it.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class ConformanceToolTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-tool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_agrees_with_the_committed_captures()
    {
        CommandResult run = Run(Corpus.Folder).Required();
        Assert.Contains("frr-bfd.pcap: agrees; ", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\d+ captures, [\d,]+ frames, [\d,]+ values compared, [\d,]+ hurt frames survived, 0 differences", run.Output);
    }

    [Fact]
    public void A_difference_is_named_and_ends_with_1()
    {
        File.Copy(Repository.File("pcaps/frr-bfd.pcap"), Path.Combine(_folder, "wrong.pcap"));
        string table = File.ReadAllText(Repository.File("pcaps/frr-bfd.expected.tsv"));
        File.WriteAllText(Path.Combine(_folder, "wrong.expected.tsv"), table.Replace("detect_time_multiplier=3", "detect_time_multiplier=4", StringComparison.Ordinal));
        CommandResult run = Run(_folder);
        Assert.Equal(1, run.ExitCode);
        Assert.Matches("frame [0-9]+: bfd.detect_time_multiplier = 4 there, 3 here", run.Output);
        using JsonDocument json = JsonDocument.Parse(Run(_folder, "--json").Output);
        JsonElement difference = json.RootElement[0].GetProperty("differences")[0];
        Assert.Equal(("bfd.detect_time_multiplier", "4", "3"), (difference.GetProperty("what").GetString(), difference.GetProperty("expected").GetString(), difference.GetProperty("actual").GetString()));
    }

    [Fact]
    public void A_damaged_capture_is_used_as_far_as_it_goes_and_garbage_is_no_fault()
    {
        File.WriteAllBytes(Path.Combine(_folder, "cut.pcap"), File.ReadAllBytes(Repository.File("pcaps/frr-bfd.pcap"))[..^7]);
        File.WriteAllBytes(Path.Combine(_folder, "garbage.pcapng"), [.. Enumerable.Range(0, 999).Select(i => (byte)(i * 37))]);
        File.WriteAllBytes(Path.Combine(_folder, "empty.cap"), []);
        CommandResult run = Run(_folder).Required();
        Assert.Contains("cut.pcap: not compared", run.Output, StringComparison.Ordinal);
        Assert.Contains("damaged: Truncated at byte", run.Output, StringComparison.Ordinal);
        Assert.Contains("3 captures", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_captures_ends_with_2()
    {
        Assert.Equal(2, Run(_folder).ExitCode);
        Assert.Equal(2, Run(Path.Combine(_folder, "nowhere")).ExitCode);
    }

    private static CommandResult Run(params string[] arguments) => Command.Run(Patience, "dotnet", [Path.Combine(AppContext.BaseDirectory, "weft-conformance.dll"), .. arguments]);
}
