using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>A switch is stopped and started while people talk through it.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class RestartLiveTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-restart-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_connection_through_address_translation_outlives_a_restart_and_keeps_its_port()
    {
        LiveRequirements.Need("ping", "sysctl", Python);
        string file = Path.Combine(_folder, "state");
        using var lab = new NatLab();
        lab.Start();
        // The first restart gives it a file to write to; the second one is what is asked for.
        await lab.RestartAsync(1, file);
        Assert.True(Wait.Until(() => lab.Machines[1].Run("ping", "-c", "1", "-W", "1", NatLab.Server).Succeeded, TimeSpan.FromSeconds(60)));
        using RunningCommand server = lab.Remote.Start(Python, "-u", "-c", NatTraffic.Server);
        Assert.True(server.WaitForOutput("ready", TimeSpan.FromSeconds(30)), server.Error);
        using RunningCommand talker = lab.Machines[1].Start(Python, "-u", "-c", NatTraffic.Talker, NatLab.Server, "8");
        Assert.True(talker.WaitForOutput("talking", TimeSpan.FromSeconds(30)), talker.Error);

        SwitchHost next = await lab.RestartAsync(1, file);
        Assert.Null(next.StateProblem);
        Assert.False(File.Exists(file));
        Assert.True(talker.WaitForOutput("said", TimeSpan.FromSeconds(90)), talker.Error);
        string said = talker.Output.Split('\n').Last(line => line.StartsWith("said", StringComparison.Ordinal));
        Assert.EndsWith(" 1", said.TrimEnd(), StringComparison.Ordinal);
        SwitchSnapshot after = await next.SnapshotAsync();
        Assert.True(after.Totals.Balanced, after.Totals.ToString());
        Assert.True(after.Nats[0].Inbound > 0);
        Assert.Contains(next.ReadEvents().Events, happened => happened.Name == "resumed");
    }
}
