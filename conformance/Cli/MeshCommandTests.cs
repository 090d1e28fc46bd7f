using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary><c>weft mesh plan|nft|ca|run</c> as people run them.</summary>
public sealed class MeshCommandTests
{
    private static readonly string Sample = Repository.File("samples/mesh.yaml");

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_plan_is_proved_and_explained()
    {
        CommandResult result = WeftProgram.Run("mesh", "plan", Sample, "--explain").Required();
        Assert.Contains("6 pairs of client address and service, each with exactly one path", result.Output, StringComparison.Ordinal);
        Assert.Contains("web > db tcp 198.18.0.2:5432: 198.18.0.1:* > 198.18.0.2:5432", result.Output, StringComparison.Ordinal);
        Assert.Contains("db > web tcp [2001:db8::1]:8080", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Every_conflict_is_told_and_nothing_is_planned()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "mesh.yaml");
        File.WriteAllText(file, File.ReadAllText(Sample).Replace("number: 2", "number: 1", StringComparison.Ordinal).Replace("addresses: [198.18.0.2, ", "addresses: [198.18.0.1, ", StringComparison.Ordinal));
        CommandResult result = WeftProgram.Run("mesh", "plan", file);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("web and db both have number 1", result.Error, StringComparison.Ordinal);
        Assert.Contains("both have address 198.18.0.1", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Rules_are_printed_for_nft_and_so_is_their_removal()
    {
        string rules = WeftProgram.Run("mesh", "nft", Sample).Required().Output;
        Assert.Contains("198.18.0.2 . 5432 : 100.64.64.130 . 62776", rules, StringComparison.Ordinal);
        Assert.Equal("table inet weft_mesh\ndelete table inet weft_mesh\n", WeftProgram.Run("mesh", "nft", Sample, "--remove").Required().Output);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void An_authority_issues_what_an_agent_starts_with_and_no_agent_starts_with_anothers()
    {
        using var folder = new TemporaryFolder();
        string authority = Path.Combine(folder.Path, "ca");
        WeftProgram.Run("mesh", "ca", "init", authority, "--trust-domain", "mesh.example").Required();
        Assert.NotEqual(0, WeftProgram.Run("mesh", "ca", "init", authority, "--trust-domain", "mesh.example").ExitCode);
        WeftProgram.Run("mesh", "ca", "issue", authority, "spiffe://mesh.example/db", "--to", Path.Combine(folder.Path, "web")).Required();
        Assert.All((string[])["cert.pem", "key.pem", "bundle.pem"], file => Assert.True(File.Exists(Path.Combine(folder.Path, "web", file))));
        CommandResult foreign = WeftProgram.Run("mesh", "ca", "issue", authority, "spiffe://other.example/db", "--to", folder.Path);
        Assert.Contains("must be of the trust domain mesh.example", foreign.Error, StringComparison.Ordinal);

        string file = Path.Combine(folder.Path, "mesh.yaml");
        File.Copy(Sample, file);
        CommandResult result = WeftProgram.Run("mesh", "run", file);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("names spiffe://mesh.example/db, and web is spiffe://mesh.example/web", result.Error, StringComparison.Ordinal);
    }
}
