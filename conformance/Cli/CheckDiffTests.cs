using System.Text.Json.Nodes;
using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;

namespace Weft.Conformance.CliTests;

/// <summary><c>weft check --diff</c> beside a switch that runs, and what it tells a script by its exit code.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class CheckDiffTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private SwitchHost _host = null!;
    private string _config = "";

    public ValueTask InitializeAsync()
    {
        _config = _folder.Write("edge.yaml", """
            schema: weft/1
            switch: {name: edge, controlSocket: edge.sock}
            ports:
              - {name: a, type: tap, device: wa}
              - {name: b, type: tap, device: wb}
            segments:
              - {name: one, vlan: 1}
            """);
        _host = SwitchHost.Start(ConfigurationFile.Read(_config).Plan!, new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void The_configuration_in_force_changes_nothing_and_ends_with_0()
    {
        CommandResult result = WeftProgram.Run("check", _config, "--diff");
        Assert.Equal((0, "nothing would change\n", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task A_changed_file_is_told_with_its_effects_ends_with_4_and_changes_nothing_yet()
    {
        string changed = _folder.Write("new.yaml", (await File.ReadAllTextAsync(_config, TestContext.Current.CancellationToken)).Replace("device: wb}", "device: wc}\n  - {name: c, type: tap, device: wd}", StringComparison.Ordinal).Replace("name: edge,", "name: edge, workers: 2,", StringComparison.Ordinal));

        CommandResult text = WeftProgram.Run("check", changed, "--diff");
        JsonNode json = JsonNode.Parse(WeftProgram.Run("check", changed, "--diff", "--json").Output)!;

        Assert.Equal((4, ""), (text.ExitCode, text.Error));
        Assert.Equal(
            """
            ~ switch.workers: 1 → 2
            + ports[c]: name: c, type: tap, device: wd
            ~ ports[b].device: wb → wc
            ! port b is closed and opened again
            ! port c is opened
            ! 1 worker becomes 2

            """,
            text.Output);
        Assert.Equal(["switch.workers", "ports[c]", "ports[b].device"], json["changes"]!.AsArray().Select(change => change!["path"]!.GetValue<string>()));
        Assert.Equal("added", json["changes"]![1]!["kind"]!.GetValue<string>());
        Assert.Equal(2, (await _host.SnapshotAsync()).Ports.Count);
    }

    [Fact]
    public async Task What_needs_a_restart_ends_with_5_and_what_is_wrong_with_1()
    {
        string text = await File.ReadAllTextAsync(_config, TestContext.Current.CancellationToken);
        CommandResult restart = WeftProgram.Run("check", _folder.Write("cluster.yaml", text + "\ncluster: {host: h1, file: shared.db}\n"), "--diff");
        CommandResult wrong = WeftProgram.Run("check", _folder.Write("wrong.yaml", text.Replace("vlan: 1", "vlan: 0", StringComparison.Ordinal)), "--diff");
        CommandResult nobody = WeftProgram.Run("check", _config, "--diff", "--socket", "/no/such/switch.sock");

        Assert.True(restart.ExitCode == 5, restart.Output + restart.Error);
        Assert.EndsWith("refused: cluster: a change here needs a restart\n", restart.Output);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Equal(2, nobody.ExitCode);
    }

    [Fact]
    public void Two_files_are_compared_without_a_switch()
    {
        CommandResult result = WeftProgram.Run("check", _config, "--set", "switch.poll=spin", "--against", _config);
        Assert.Equal((4, "~ switch.poll: adaptive → spin\n"), (result.ExitCode, result.Output));
    }
}
