using Weft.Conformance.CliTests;
using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>Files of one record a line: alerts, events, sessions.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class LineFileTests
{
    [Fact]
    public void A_line_that_a_process_was_killed_in_ends_when_the_next_one_starts()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("eve.json", "{\"a\":1}\n{\"b\"");
        LineFile.Require(file);
        LineFile.Append(file, "{\"c\":3}\n"u8);
        Assert.Equal("{\"a\":1}\n{\"b\"\n{\"c\":3}\n", File.ReadAllText(file));
        LineFile.Require(file);
        Assert.Equal(3, File.ReadAllLines(file).Length);
    }

    [Fact]
    public void Folder_and_file_are_made_and_an_empty_file_stays_empty()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "log", "eve.json");
        LineFile.Require(file);
        LineFile.Require(file);
        Assert.Equal(0, new FileInfo(file).Length);
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_told_by_name()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(folder.Path, Assert.Throws<SwitchStartException>(() => LineFile.Require(folder.Path)).Message, StringComparison.Ordinal);
    }
}
