using Weft.Conformance.Support;
using Weft.Host.Config;

namespace Weft.Conformance.ConfigTests;

/// <summary>A mesh that cannot work is refused where it is wrong, all at once.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class MeshConfigurationTests
{
    private static readonly string Sample = File.ReadAllText(Repository.File("samples/mesh.yaml"));

    [Theory]
    [InlineData("self: web", "self: wep", "no machine has the name 'wep'")]
    [InlineData("number: 2", "number: 1", "web and db both have number 1")]
    [InlineData("number: 2", "number: 300", "db's number 300 is not 0 to 254")]
    [InlineData("spiffe://mesh.example/db", "spiffe://mesh.example/web", "db and web both are spiffe://mesh.example/web")]
    [InlineData("spiffe://mesh.example/db", "db.mesh.example", "expected a SPIFFE ID")]
    [InlineData("addresses: [198.18.0.2, ", "addresses: [198.18.0.1, ", "both have address 198.18.0.1")]
    [InlineData("tcp/5432", "tcp/61500", "lies in the redirect ports")]
    [InlineData("tcp/5432", "sctp/5432", "expected a protocol and a port")]
    [InlineData("tunnel: 198.18.1.2:15443", "tunnel: 198.18.1.2", "expected an address and a port")]
    [InlineData("ipv4Pool: 100.64.0.0/16", "ipv4Pool: 127.64.0.0/16", "is loopback, and the switch puts it on the link")]
    [InlineData("ipv4Pool: 100.64.0.0/16", "ipv4Pool: 100.64.0.0/24", "cannot be the pool of IPv4")]
    [InlineData("ipv4Pool: 100.64.0.0/16", "redirectPorts: 61000-61999\n  ipv4Pool: 100.64.0.0/16", "are 1000 ports")]
    [InlineData("agent: {port: agent,", "agent: {port: agents,", "no port has the name 'agents'")]
    [InlineData("agent: {port: agent,", "agent: {port: app,", "leads to another part of the mesh already")]
    [InlineData("addresses: [198.18.0.1, \"2001:db8::1\"]}", "addresses: [198.18.0.1, \"2001:db8::7\"]}", "2001:db8::7 is no address of machine 'web'")]
    [InlineData("addresses: [198.18.0.1, \"2001:db8::1\"]}", "addresses: [198.18.0.1]}", "2001:db8::1 is behind no port")]
    public void A_mistake_is_told_with_its_place(string right, string wrong, string message)
    {
        Assert.Contains(right, Sample, StringComparison.Ordinal);
        string text = Sample.Replace(right, wrong, StringComparison.Ordinal);
        ConfigurationResult result = ConfigurationFile.ReadText(text, "mesh.yaml");
        Assert.Null(result.Plan);
        Assert.Contains(result.Problems, problem => problem.ToString().Contains(message, StringComparison.Ordinal) && problem.Line > 15);
    }

    [Fact]
    public void A_plain_host_needs_no_switch()
    {
        string folder = Directory.CreateTempSubdirectory("weft-mesh-").FullName;
        try
        {
            string path = Path.Combine(folder, "mesh.yaml");
            string mesh = Sample[Sample.IndexOf("mesh:\n", StringComparison.Ordinal)..];
            string plain = string.Join('\n', mesh.Split('\n').Where(line => !line.Contains("agent:", StringComparison.Ordinal) && !line.Contains("applications:", StringComparison.Ordinal) && !line.Contains("port: app", StringComparison.Ordinal)));
            File.WriteAllText(path, "schema: weft/1\n" + plain);
            Assert.NotNull(MeshFile.Read(path, out IReadOnlyList<ConfigurationProblem> none));
            Assert.Empty(none);

            File.WriteAllText(path, "schema: weft/1\n" + mesh);
            Assert.Null(MeshFile.Read(path, out IReadOnlyList<ConfigurationProblem> problems));
            Assert.Contains(problems, problem => problem.Message.Contains("a plain host has no ports", StringComparison.Ordinal));
            Assert.NotNull(MeshFile.Read(Repository.File("samples/mesh.yaml"), out _));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
