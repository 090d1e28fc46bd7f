using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary><c>weft run --log</c>: what happens in the switch, on the standard error output.</summary>
public sealed class RunLogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("text", "0.000 info    switch started ports=5 segments=2\n")]
    [InlineData("journal", "<6>switch started ports=5 segments=2\n")]
    [InlineData("none", "")]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Events_are_lines_of_the_wanted_form(string format, string expected)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(expected, WeftProgram.RunFirstSwitch(folder.Path, "--log", format).Required().Error);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void What_matters_less_is_left_out()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("", WeftProgram.RunFirstSwitch(folder.Path, "--log", "text", "--log-level", "notice").Required().Error);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void In_JSON_an_error_is_an_object_too()
    {
        using var folder = new TemporaryFolder();
        string config = folder.Write("bad.yaml", "schema: weft/1\nswitch: {name: \"a\\\"\\u0001b\", colour: red}\n");
        CommandResult result = WeftProgram.Run("run", config, "--log", "json");
        Assert.Equal(1, result.ExitCode);
        string[] messages = [.. Objects(result.Error).Select(line => line["message"]!.GetValue<string>())];
        Assert.Contains(messages, message => message.Contains("colour", StringComparison.Ordinal));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Live)]
    public void A_running_switch_tells_of_reloads_and_its_end_in_objects_alone()
    {
        LiveRequirements.Need("kill");
        LiveRequirements.NeedTap();
        using NetNamespace net = NetNamespace.Create();
        using var folder = new TemporaryFolder();
        string config = folder.Write("live.yaml", $$"""
            schema: weft/1
            switch: {name: live, controlSocket: live.sock}
            ports:
              - {name: a, type: tap, device: wa, networkNamespace: {{net.Name}}}
            segments:
              - {name: one, vlan: 1}
            """);
        using RunningCommand program = WeftProgram.Start("run", config, "--log", "json");
        Assert.True(program.WaitForOutput("\"started\"", Patience), program.Error);
        _ = Command.Run("kill", "-HUP", $"{program.ProcessId}").Required();
        Assert.True(program.WaitForOutput("the new configuration is in force", Patience), program.Error);
        _ = Command.Run("kill", "-TERM", $"{program.ProcessId}").Required();
        CommandResult result = program.WaitForExit(Patience);
        JsonObject[] objects = Objects(result.Error);
        Assert.Contains(objects, line => line["message"]?.GetValue<string>().StartsWith("the new configuration is in force", StringComparison.Ordinal) == true);
        JsonObject reloaded = Assert.Single(objects, line => line["name"]?.GetValue<string>() == "reloaded");
        Assert.Equal(("switch", "notice", "1"), (reloaded["source"]!.GetValue<string>(), reloaded["severity"]!.GetValue<string>(), reloaded["fields"]!["ports"]!.GetValue<string>()));
        Assert.All(objects, line => Assert.Equal(JsonValueKind.String, line["time"]!.GetValueKind()));
    }

    private static JsonObject[] Objects(string lines) => [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
}
