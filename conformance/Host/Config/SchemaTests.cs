using System.Text.Json.Nodes;
using Weft.Conformance.Support;
using Weft.Host.Config;

namespace Weft.Conformance.ConfigTests;

/// <summary>The schema that editors use, the reader and the samples agree.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class SchemaTests
{
    private static readonly JsonNode Schema = JsonNode.Parse(ConfigurationSchema.ToJson())!;

    public static TheoryData<string> Samples => [.. Directory.GetFiles(Repository.File("samples"), "*.yaml").Select(path => Path.GetFileName(path)).Order()];

    [Fact]
    public void The_schema_that_is_checked_in_is_current()
    {
        // To renew it: dotnet run --project src/Weft -- schema > docs/weft.schema.json
        Assert.Equal(ConfigurationSchema.ToJson(), File.ReadAllText(Repository.File("docs/weft.schema.json")));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Samples_satisfy_the_schema_and_the_reader(string sample)
    {
        string path = Repository.File("samples/" + sample);

        Assert.Empty(MiniSchema.Violations(Schema, YamlAsJson.Read(File.ReadAllText(path))));
        ConfigurationResult result = ConfigurationFile.Read(path);
        Assert.Empty(result.Problems);
        Assert.NotNull(result.Plan);
    }

    /// <summary>What can be said of one key alone, an editor shows too.</summary>
    [Theory]
    [InlineData("01-unknown-key")]
    [InlineData("02-unknown-section")]
    [InlineData("04-missing-key")]
    [InlineData("06-number-out-of-range")]
    [InlineData("07-number-expected")]
    [InlineData("08-boolean-expected")]
    [InlineData("09-word-expected")]
    [InlineData("10-name-is-a-number")]
    [InlineData("11-name-characters")]
    [InlineData("12-list-expected")]
    [InlineData("13-group-expected")]
    [InlineData("14-no-value")]
    [InlineData("15-mac-address")]
    [InlineData("46-wrong-schema")]
    [InlineData("49-only-text")]
    [InlineData("52-everything-at-once")]
    public void The_schema_refuses_what_the_reader_refuses_for_a_single_key(string file)
    {
        string text = File.ReadAllText(Repository.File($"conformance/Host/Config/Broken/{file}.yaml"));

        Assert.NotEmpty(MiniSchema.Violations(Schema, YamlAsJson.Read(text)));
    }

    [Fact]
    public void Every_key_has_a_description()
    {
        foreach (JsonObject group in Schema["$defs"]!.AsObject().Select(d => d.Value!.AsObject()).Append(Schema.AsObject()))
        {
            Assert.False(string.IsNullOrWhiteSpace(group["description"]?.GetValue<string>()));
            Assert.All(group["properties"]!.AsObject(), property => Assert.False(string.IsNullOrWhiteSpace(property.Value!["description"]?.GetValue<string>()), property.Key));
        }
    }
}
