using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Services;

namespace Weft.Conformance.HostTests;

/// <summary>Service paths in the configuration.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ServicePathConfigTests
{
    private const string Document = """
        schema: weft/1
        ports:
          - {name: vm1, type: tap, device: tap1}
        services:
          - name: functions
            type: container
            container: {memory: /dev/shm/functions, path: {PATH}}
        machines:
          - {name: web, id: 1, port: vm1, services: [functions]}
        segments:
          - {name: local, vlan: 1}
        """;

    [Fact]
    public void A_path_has_an_identifier_each_way_and_one_function_unless_said_otherwise()
    {
        Assert.Equal(new ServicePath { Outward = 17, Inward = 18, Functions = 3 }, Read("{outward: 17, inward: 18, functions: 3}").Plan!.Services[0].Container!.Options.Path);
        Assert.Equal(1, Read("{outward: 17, inward: 18}").Plan!.Services[0].Container!.Options.Path!.Functions);
        Assert.Null(ConfigurationFile.ReadText(Document.Replace(", path: {PATH}", "", StringComparison.Ordinal), "a.yaml").Plan!.Services[0].Container!.Options.Path);
    }

    [Theory]
    [InlineData("{outward: 17}", "inward")]
    [InlineData("{outward: 0, inward: 1}", "1 to 16777215")]
    [InlineData("{outward: 1, inward: 16777216}", "1 to 16777215")]
    [InlineData("{outward: 1, inward: 2, functions: 255}", "1 to 254")]
    public void What_no_path_can_be_is_refused_where_it_stands(string path, string problem)
    {
        ConfigurationResult result = Read(path);
        ConfigurationProblem found = Assert.Single(result.Problems, known => known.Severity == ProblemSeverity.Error);
        Assert.Contains(problem, $"{found}", StringComparison.Ordinal);
        Assert.Equal(7, found.Line);
    }

    private static ConfigurationResult Read(string path) => ConfigurationFile.ReadText(Document.Replace("{PATH}", path, StringComparison.Ordinal), "a.yaml");
}
