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
        LiveRequirements.Need("iperf3");
        using var live = new LiveSwitch();
        live.Connect();
        using RunningCommand server = live.Right.Start("iperf3", "-s", "-1", "--forceflush");
        Assert.True(server.WaitForOutput("listening", Patience), server.Error);
        // Paced, so that no queue between kernel and switch overflows, which is no fault of a reload.
        using RunningCommand client = live.Left.Start("iperf3", "-c", LiveSwitch.RightAddress, "-t", "80000", "-b", "20M");
        _ = Wait.Until(() => client.Output.Length > 0, TimeSpan.FromSeconds(10), () => client.HasExited);

        for (int reload = 1; reload <= reloads; reload++)
        {
            File.WriteAllText(live.Config, reload % 2 == 1 ? live.Text + "  - {name: second, vlan: 2}\n" : live.Text);
            live.Signal("HUP");
            int wanted = reload;
            Assert.True(Wait.Until(() => Count(live.Program.Error, "the new configuration is in force") == wanted, Patience, () => live.Program.HasExited), live.Program.Error);
        }

        JsonNode before = Show(live), after = before;
        bool goesOn = Wait.Until(() => Frames(after = Show(live)) > Frames(before) + 1000, Patience);
        Assert.True(goesOn, client.Output + client.Error);
        Assert.False(client.HasExited, client.Output);
        Assert.Equal("[]", after["drops"]!.ToJsonString());
        Assert.Equal(reloads, Count(live.Program.Error, reloads == 1 ? "+ segments[second]" : "segments[second]"));
    }

    private static JsonNode Show(LiveSwitch live) => JsonNode.Parse(WeftProgram.Run("show", "ports", "--socket", live.Socket, "--json").Required().Output)!;

    private static long Frames(JsonNode shown) => shown["totals"]!["received"]!.GetValue<long>();

    private static int Count(string text, string what) => text.Split(what).Length - 1;
}
