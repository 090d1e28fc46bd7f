using System.Diagnostics;
using System.Text.Json.Nodes;
using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>How a running switch is stopped, asked and given a new configuration.</summary>
public sealed class SignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [Trait(Kind.Key, Kind.Live)]
    public void A_signal_stops_a_live_switch_gracefully_with_its_counters_printed(string signal)
    {
        using var live = new LiveSwitch();

        live.Signal(signal);
        CommandResult result = live.Program.WaitForExit(Patience);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("stopping; a second signal ends at once", result.Error);
        Assert.Contains("live: stopped after", result.Output);
        Assert.Contains("received ", result.Output);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Live)]
    public void Show_and_trace_ask_the_running_switch()
    {
        using var live = new LiveSwitch();

        JsonNode ports = JsonNode.Parse(WeftProgram.Run("show", "ports", "--socket", live.Socket, "--json").Required().Output)!;
        string table = WeftProgram.Run("show", "--socket", live.Socket).Required().Output;
        string trace = WeftProgram.Run("trace", live.Config, "--running", "--port", "a", "--packet", "ffffffffffff0200000000990806" + new string('0', 56)).Required().Output;

        Assert.Equal(["a", "b"], ports["ports"]!.AsArray().Select(port => port!["name"]!.GetValue<string>()));
        Assert.Contains("tap", table);
        Assert.EndsWith("VERDICT forwarded b\n", trace);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Live)]
    public void A_hangup_reads_the_configuration_again_and_a_broken_one_changes_nothing()
    {
        using var live = new LiveSwitch();

        File.WriteAllText(live.Config, File.ReadAllText(live.Config).Replace("vlan: 1}", "vlan: 0}", StringComparison.Ordinal));
        live.Signal("HUP");
        Assert.True(live.Program.WaitForOutput("the old configuration stays in force", Patience), live.Program.Error);

        File.WriteAllText(live.Config, File.ReadAllText(live.Config).Replace("vlan: 0}", "vlan: 1}\n  - {name: second, vlan: 2}", StringComparison.Ordinal));
        live.Signal("HUP");
        Assert.True(live.Program.WaitForOutput("the new configuration is in force", Patience), live.Program.Error);

        JsonNode segments = JsonNode.Parse(WeftProgram.Run("show", "segments", "--socket", live.Socket, "--json").Required().Output)!;
        Assert.Equal(["one", "second"], segments["segments"]!.AsArray().Select(segment => segment!["name"]!.GetValue<string>()));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Live)]
    public async Task A_second_signal_ends_a_stop_that_hangs()
    {
        LiveRequirements.NeedPrograms("kill");
        using var folder = new TemporaryFolder();
        // The result is longer than a pipe holds and nobody reads it, so the process hangs in writing it.
        string entries = string.Concat(Enumerable.Range(0, 4000).Select(i => $"      - {{mac: \"02:00:00:00:{i >> 8:x2}:{i & 0xFF:x2}\", port: a}}\n"));
        string config = folder.Write("hang.yaml", $"schema: weft/1\nports:\n  - {{name: a, type: pcap, write: a.pcapng}}\nsegments:\n  - name: one\n    vlan: 1\n    static:\n{entries}");
        using Process process = StartUnread("run", config, "--json");
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(Patience);
            byte[] first = new byte[1];
            await process.StandardOutput.BaseStream.ReadExactlyAsync(first, patience.Token);
            Assert.Equal("{"u8, first);
            Kill("TERM", process.Id);
            Assert.False(process.WaitForExit(TimeSpan.FromSeconds(1)), "the first signal is no reason to lose the output");
            Kill("TERM", process.Id);
            Assert.True(process.WaitForExit(Patience), "the second signal was not obeyed");
            Assert.Equal(128 + 15, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Show_says_so_if_no_switch_answers()
    {
        CommandResult result = WeftProgram.Run("show", "--socket", "/no/such/switch.sock");

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("No switch answers at /no/such/switch.sock", result.Error);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Run_says_which_port_cannot_be_opened()
    {
        using var folder = new TemporaryFolder();
        string config = folder.Write("missing.yaml", "schema: weft/1\nports:\n  - {name: a, type: af_packet, device: weftnone0}\nsegments:\n  - {name: one, vlan: 1}\n");

        CommandResult result = WeftProgram.Run("run", config);

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains("port a", result.Error, StringComparison.OrdinalIgnoreCase);
    }

    private static void Kill(string signal, int process) => _ = Command.Run("kill", $"-{signal}", $"{process}").Required();

    private static Process StartUnread(params string[] arguments)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
        return Process.Start(new ProcessStartInfo(host, [WeftProgram.Assembly, .. arguments]) { RedirectStandardOutput = true })!;
    }
}
