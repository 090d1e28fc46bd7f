using System.Text.RegularExpressions;
using Weft.Conformance.Support;

namespace Weft.Conformance.ArchitectureTests;

/// <summary>A clone means the same on every machine.</summary>
[Trait(Kind.Key, Kind.Architecture)]
public sealed partial class CommittedFilesTests
{
    private static readonly string[] Binary = [".pcap", ".pcapng", ".png", ".snk", ".nupkg"];

    private static IEnumerable<string> TextFiles => Repository.Files().Where(file => !Binary.Contains(Path.GetExtension(file)));

    [Fact]
    public void No_file_names_a_place_in_somebodys_home() =>
        Assert.Empty(TextFiles.Where(file => HomeFolder().IsMatch(File.ReadAllText(file))).Select(Relative));

    [Fact]
    public void No_file_leaves_a_merge_unfinished() =>
        Assert.Empty(TextFiles.Where(file => ConflictMark().IsMatch(File.ReadAllText(file))).Select(Relative));

    [Fact]
    public void The_corpus_stays_small_enough_to_clone()
    {
        long bytes = Repository.Files(Corpus.Folder).Sum(file => new FileInfo(file).Length);
        Assert.InRange(bytes, 1, 20_000_000);
    }

    [Fact]
    public void A_home_folder_is_recognised()
    {
        Assert.Matches(HomeFolder(), "x=" + "/home" + "/someone/file");
        Assert.Matches(HomeFolder(), "in " + "/root" + "/file");
        Assert.Matches(HomeFolder(), "C:" + @"\Users" + @"\someone");
        Assert.DoesNotMatch(HomeFolder(), "the root/home of it, tree/root/leaf");
    }

    private static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);

    [GeneratedRegex("""(?<![\w.}])/(home|root|Users)/\w|[A-Z]:\\Users\\""")]
    private static partial Regex HomeFolder();

    [GeneratedRegex("^(<{7} |>{7} |={7}$)", RegexOptions.Multiline)]
    private static partial Regex ConflictMark();
}
