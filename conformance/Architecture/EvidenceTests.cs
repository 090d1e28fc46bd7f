using System.Text.RegularExpressions;
using Weft.Conformance.Support;

namespace Weft.Conformance.ArchitectureTests;

/// <summary>What documents point at is there.</summary>
[Trait(Kind.Key, Kind.Architecture)]
public sealed partial class EvidenceTests
{
    [Fact]
    public void Every_test_that_the_list_of_promises_names_exists()
    {
        HashSet<string> known = [.. Repository.Files(Repository.File("conformance")).Select(Path.GetFileNameWithoutExtension).OfType<string>()];
        string[] named = [.. TestName().Matches(File.ReadAllText(Repository.File("docs/evidence.md"))).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, known));
    }

    [Fact]
    public void Every_link_between_documents_leads_somewhere() =>
        Assert.All(
            Repository.Files().Where(file => file.EndsWith(".md", StringComparison.Ordinal)),
            file => Assert.All(
                Link().Matches(Block().Replace(File.ReadAllText(file), "")).Select(match => match.Groups[1].Value).Where(target => !target.Contains(':', StringComparison.Ordinal)),
                target => Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, target)), $"{Path.GetRelativePath(Repository.Root, file)}: {target}")));

    [GeneratedRegex("`([A-Za-z]+Tests)`")]
    private static partial Regex TestName();

    /// <summary>The file of a link, without the place in it.</summary>
    [GeneratedRegex(@"\]\(([^)#\s]+)[^)\s]*\)")]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
