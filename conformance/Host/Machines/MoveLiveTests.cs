using System.Globalization;
using Weft.Conformance.Support;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>A machine moves between two processes while it talks, and neither end of a conversation can tell.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class MoveLiveTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private const int Connections = 60, UdpPorts = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-talk-").FullName;

    [Fact]
    public async Task A_machine_with_firewall_balancer_rates_and_tracking_moves_there_and_back_and_no_connection_breaks()
    {
        LiveRequirements.Need("iperf3", "ping", Python);
        using var lab = new MoveLab();
        using RunningCommand fabric = lab.StartFabric(), a = lab.StartHost("a", isStandby: false), b = lab.StartHost("b", isStandby: true);
        using RunningCommand server = StartServer(lab), iperfServer = lab.Server.Start("iperf3", "-s");
        using RunningCommand client = StartClient(lab);
        using RunningCommand iperf = lab.Machine.Start("iperf3", "-c", MoveLab.Virtual, "-t", "20", "-b", "30M", "--connect-timeout", "20000");

        CommandResult there = lab.Migrate("a", "b").Required();
        MachineSnapshot left = await Show(lab, "a");
        lab.Replug("m0", "m1");
        GoesOn(client);
        MachineSnapshot arrived = await Show(lab, "b"), after = await Show(lab, "a");
        Assert.Equal(("gone", 2UL, "serving", 2UL), (left.State, left.Epoch, arrived.State, arrived.Epoch));
        Assert.Contains("vm has moved to b, epoch 2", there.Output);
        // How long it took is for people: a busy machine takes longer than a bound for an idle one.
        TestContext.Current.TestOutputHelper?.WriteLine(there.Output);
        Assert.InRange(left.LastMove!.FrozenMilliseconds, 0.001, 5000);
        Assert.InRange(left.LastMove.FrozenBoundMilliseconds, 2, 5000);
        Assert.InRange(arrived.Flows, Connections + UdpPorts, 10_000);
        // Nothing is served by two: the one that it left has not touched a packet since.
        Assert.Equal((left.Packets, 0), (after.Packets, after.Flows));

        _ = lab.Migrate("b", "a").Required();
        lab.Replug("m1", "m0");
        GoesOn(client);
        MachineSnapshot back = await Show(lab, "a");
        Assert.Equal(("serving", 3UL, "gone"), (back.State, back.Epoch, (await Show(lab, "b")).State));
        AssertWhole(client, server);
        Assert.True(iperf.WaitForExit(Patience).Succeeded, iperf.Output + iperf.Error);
    }

    [Fact]
    public async Task A_target_that_is_killed_while_flows_are_copied_leaves_the_machine_where_it_was()
    {
        LiveRequirements.Need("ping", Python);
        using var lab = new MoveLab();
        using RunningCommand fabric = lab.StartFabric(), a = lab.StartHost("a", isStandby: false);
        RunningCommand b = lab.StartHost("b", isStandby: true);
        using RunningCommand server = StartServer(lab), client = StartClient(lab);
        using var gate = new MoveGate(lab.HostA, passes: 20_000);
        Task<CommandResult> move = Task.Run(() => lab.Migrate("a", "gate"));
        Assert.True(Wait.Until(() => gate.IsShut, Patience, () => move.IsCompleted), "the gate stays open, or the command ended before");
        Assert.Equal("leaving", (await Show(lab, "a")).State);

        b.Dispose();
        CommandResult result = await move;
        Assert.False(result.Succeeded);
        Assert.Contains("was given up", result.Error);
        GoesOn(client);
        MachineSnapshot stayed = await Show(lab, "a");
        Assert.Equal(("serving", 1UL, "aborted"), (stayed.State, stayed.Epoch, stayed.LastMove!.State));
        AssertWhole(client, server);
    }

    [Fact]
    public async Task A_source_that_is_killed_while_flows_are_copied_leaves_nothing_at_the_target()
    {
        LiveRequirements.Need("ping", Python);
        using var lab = new MoveLab();
        using RunningCommand fabric = lab.StartFabric(), b = lab.StartHost("b", isStandby: true);
        RunningCommand a = lab.StartHost("a", isStandby: false);
        using RunningCommand server = StartServer(lab), client = StartClient(lab);
        using var gate = new MoveGate(lab.HostA, passes: 20_000);
        Task<CommandResult> move = Task.Run(() => lab.Migrate("a", "gate"));
        Assert.True(Wait.Until(() => gate.IsShut, Patience, () => move.IsCompleted), "the gate stays open, or the command ended before");
        Assert.Equal("arriving", (await Show(lab, "b")).State);

        a.Dispose();
        Assert.False((await move).Succeeded);
        Assert.True(Wait.Until(() => Show(lab, "b").GetAwaiter().GetResult() is { State: "standby", Flows: 0, Epoch: 0 }, Patience), (await Show(lab, "b")).ToString());
    }

    [Fact]
    public async Task A_host_without_the_secret_or_the_machine_is_refused()
    {
        LiveRequirements.Need("ping");
        using var lab = new MoveLab();
        using RunningCommand a = lab.StartHost("a", isStandby: false), b = lab.StartHost("b", isStandby: false);
        Assert.Contains("its machine vm is serving", lab.Migrate("a", "b").Error);
        Assert.Contains("There is no host 'c' to move to; there are a, b, gate", lab.Migrate("a", "c").Error);
        b.Dispose();
        Assert.Contains("cannot be reached", lab.Migrate("a", "b").Error);
        using RunningCommand stranger = lab.StartHost("b", isStandby: true, key: "another secret of some length");
        Assert.Contains("cannot be reached: The other host does not know the secret", lab.Migrate("a", "b").Error);
        Assert.Equal("serving", (await Show(lab, "a")).State);
        Assert.Equal("standby", (await Show(lab, "b")).State);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private RunningCommand StartClient(MoveLab lab)
    {
        RunningCommand client = lab.Machine.Start(Python, "-u", "-c", MoveTraffic.Client, MoveLab.Virtual, $"{Connections}", $"{UdpPorts}", _folder);
        Assert.True(client.WaitForOutput("talking", Patience), client.Output + client.Error);
        return client;
    }

    private static RunningCommand StartServer(MoveLab lab)
    {
        RunningCommand server = lab.Server.Start(Python, "-u", "-c", MoveTraffic.Server);
        Assert.True(server.WaitForOutput("ready", Patience), server.Error);
        return server;
    }

    private static async Task<MachineSnapshot> Show(MoveLab lab, string host) => (await ControlClient.ShowAsync(lab.SocketOf(host), ShowTopic.Services)).Machines[0];

    /// <summary>Every conversation goes on from now.</summary>
    private void GoesOn(RunningCommand client)
    {
        int before = client.Output.Split("went on").Length;
        File.WriteAllText(Path.Combine(_folder, "mark"), "");
        Assert.True(Wait.Until(() => client.Output.Split("went on").Length > before, Patience, () => client.Output.Contains("broken", StringComparison.Ordinal)), client.Output + client.Error);
    }

    private void AssertWhole(RunningCommand client, RunningCommand server)
    {
        File.WriteAllText(Path.Combine(_folder, "stop"), "");
        Assert.True(client.WaitForOutput("result", Patience), client.Output + client.Error);
        int[] said = [.. client.Output.Split('\n').Last(line => line.StartsWith("result", StringComparison.Ordinal))[7..].Trim().Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        Assert.True(said[0] > 5, client.Output);
        Assert.True(said[1] == 0, client.Output);
        Assert.True(said[3] > UdpPorts, client.Output);
        Assert.True(said[4] == 0, client.Output);
        Assert.DoesNotContain("twice", server.Output);
    }
}
