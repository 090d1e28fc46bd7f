using System.Text.Json.Nodes;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;

namespace Weft.Conformance.ConfigTests;

/// <summary>What 'weft explain' tells a person to change exists.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ExplanationTests
{
    private static readonly JsonNode Schema = JsonNode.Parse(ConfigurationSchema.ToJson())!;

    public static TheoryData<string> Keys =>
        [.. DropReasons.All.Select(reason => DropReasons.Explain(reason).ConfigKey).OfType<string>().SelectMany(keys => keys.Split(", ")).Distinct().Order()];

    [Theory]
    [MemberData(nameof(Keys))]
    public void The_configuration_key_of_a_drop_reason_is_part_of_the_language(string key)
    {
        JsonNode group = Schema;
        foreach (string step in key.Split('.'))
        {
            JsonNode? property = group["properties"]?[step.Replace("[]", "", StringComparison.Ordinal)];
            Assert.True(property is not null, $"{step} of {key}");
            string? reference = (property["$ref"] ?? property["items"]?["$ref"])?.GetValue<string>();
            group = reference is null ? property : Schema["$defs"]![reference["#/$defs/".Length..]]!;
        }
    }
}
