using System.Text.Json.Nodes;
using Weft.Conformance.CliTests;
using Weft.Conformance.ConfigTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>What <c>weft show --json</c> prints is written down, whole and as it is.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ShowReferenceTests
{
    [Fact]
    public void The_page_is_that_of_what_prints_the_JSON() => Golden.Equal("docs/reference/show.md", new ShowReference().Page());

    [Fact]
    public void The_schema_is_that_of_what_prints_the_JSON() => Golden.Equal("docs/show.schema.json", new ShowReference().Schema());

    [Fact]
    public void Every_key_belongs_to_a_topic_and_every_topic_has_a_key()
    {
        Assert.Empty(ShowReference.Forgotten);
        Assert.Empty(ShowReference.Keys.Where(topic => topic.Value.Length == 0).Select(topic => topic.Key));
    }

    [Fact]
    public void Every_key_has_a_meaning()
    {
        JsonNode schema = JsonNode.Parse(new ShowReference().Schema())!;
        Assert.Empty(schema["$defs"]!.AsObject().SelectMany(type => type.Value!["properties"]!.AsObject().Where(property => property.Value!["description"]!.ToString().Length == 0).Select(property => $"{type.Key}.{property.Key}")));
    }

    [Fact]
    public void What_the_first_switch_prints_fits_the_schema()
    {
        SwitchPlan plan = ConfigurationFile.Read(Repository.File("samples/first-switch.yaml")).Plan!;
        plan = plan with { ControlSocket = null, Ports = [.. plan.Ports.Select(port => port with { WritePath = null })] };
        using var played = new Switch(plan, [.. plan.Ports.Select(PortFactory.Open)]);
        _ = played.RunToEnd();

        Assert.Empty(MiniSchema.Violations(JsonNode.Parse(new ShowReference().Schema())!, JsonNode.Parse(SnapshotJson.Serialize(played.Snapshot()))));
    }

    [Fact]
    public void What_the_switch_of_these_tests_prints_fits_the_schema()
    {
        using var rig = new SwitchRig(TestPlans.Bridging());
        rig.Pass(TestPlans.Web1, TestFrames.Plain(TestFrames.B, TestFrames.A)).Pass(TestPlans.Trunk, TestFrames.Tagged(TestFrames.Plain(TestFrames.B, TestFrames.A), 99));
        Assert.Empty(MiniSchema.Violations(JsonNode.Parse(new ShowReference().Schema())!, JsonNode.Parse(SnapshotJson.Serialize(rig.Switch.Snapshot()))));
    }
}
