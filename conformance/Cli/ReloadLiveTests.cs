using System.Globalization;
using System.Text.Json.Nodes;
using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>Reloads of a process that carries TCP between two kernels. <c>WEFT_RELOADS</c> says how many; CI does a few.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class ReloadLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Reloads_of_a_switch_that_carries_iperf3_drop_nothing_and_the_connection_goes_on()
    {
        int reloads = int.Parse(Environment.GetEnvironmentVariable("WEFT_RELOADS") ?? "5", CultureInfo.InvariantCulture);
        LiveRequirements.Need("iperf3", "kill");
        LiveRequirements.NeedTap();
        using NetNamespace left = NetNamespace.Create(), right = NetNamespace.Create();
        using var folder = new TemporaryFolder();
        string text = $$"""
            schema: weft/1
            switch: {name: live, controlSocket: live.sock}
            ports:
              - {name: a, type: tap, device: wa, networkNamespace: {{left.Name}}}
              - {name: b, type: tap, device: wb, networkNamespace: {{right.Name}}}
            segments:
              - {name: one, vlan: 1}

            """;
        string config = folder.Write("live.yaml", text);
        using RunningCommand program = WeftProgram.Start("run", config);
        Assert.True(program.WaitForOutput("live is running with 2 ports and 1 segment", Patience), program.Error);
        left.AddAddress("wa", "10.9.0.1/24");
        right.AddAddress("wb", "10.9.0.2/24");
        left.Ip("link", "set", "wa", "up");
        right.Ip("link", "set", "wb", "up");
        using RunningCommand server = right.Start("iperf3", "-s", "-1", "--forceflush");
        Assert.True(server.WaitForOutput("listening", Patience), server.Error);
        // Paced, so that no queue between kernel and switch overflows, which is no fault of a reload.
        using RunningCommand client = left.Start("iperf3", "-c", "10.9.0.2", "-t", "80000", "-b", "20M");
        _ = Wait.Until(() => client.Output.Length > 0, TimeSpan.FromSeconds(10), () => client.HasExited);

        for (int reload = 1; reload <= reloads; reload++)
        {
            File.WriteAllText(config, reload % 2 == 1 ? text + "  - {name: second, vlan: 2}\n" : text);
            _ = Command.Run("kill", "-HUP", $"{program.ProcessId}").Required();
            int wanted = reload;
            Assert.True(Wait.Until(() => Count(program.Error, "the new configuration is in force") == wanted, Patience, () => program.HasExited), program.Error);
        }

        JsonNode before = Show(folder), after = before;
        bool goesOn = Wait.Until(() => Frames(after = Show(folder)) > Frames(before) + 1000, Patience);
        Assert.True(goesOn, client.Output + client.Error);
        Assert.False(client.HasExited, client.Output);
        Assert.Equal("[]", after["drops"]!.ToJsonString());
        Assert.Equal(reloads, Count(program.Error, reloads == 1 ? "+ segments[second]" : "segments[second]"));
    }

    private static JsonNode Show(TemporaryFolder folder) => JsonNode.Parse(WeftProgram.Run("show", "ports", "--socket", folder.File("live.sock"), "--json").Required().Output)!;

    private static long Frames(JsonNode shown) => shown["totals"]!["received"]!.GetValue<long>();

    private static int Count(string text, string what) => text.Split(what).Length - 1;
}
