using System.Net.Sockets;
using System.Text;
using Weft.Conformance.PortsTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Ports;
using Weft.Services;

namespace Weft.Conformance.HostTests;

/// <summary>One switch goes on in the place of another while people talk through it.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class TakeoverLiveTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-takeover-").FullName;
    private readonly List<NetNamespace> _spaces = [];

    private string SocketPath => Path.Combine(_folder, "weft.sock");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _spaces.ForEach(space => space.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_ping_is_lost_through_packet_sockets_of_either_kind_and_tap_devices(int workers)
    {
        LiveRequirements.Need("ping");
        LiveRequirements.NeedTap();
        SwitchPlan lab = Lab();
        SwitchPlan plan = lab with { Workers = workers, Ports = [.. lab.Ports.Select(port => port with { MultiQueue = workers > 1 })] };
        await using SwitchHost first = SwitchHost.Start(plan);
        Reaches();
        _spaces[3].AddAddress("t", "10.0.0.3/24");
        using RunningCommand machine = _spaces[1].Start("ping", "-c150", "-i0.02", "-W20", "10.0.0.2");
        using RunningCommand tap = _spaces[1].Start("ping", "-c150", "-i0.02", "-W20", "10.0.0.3");
        await using SwitchHost second = SwitchHost.Start(plan, new SwitchHostOptions { Takeover = true });
        SwitchRunResult end = await first.Completion;
        Assert.Equal((SwitchEnd.HandedOver, null), (end.End, end.Failure));
        Assert.True(end.Final.Totals.Balanced, end.Final.Totals.ToString());
        await first.DisposeAsync();
        await second.PredecessorEnded.WaitAsync(Patience, Cancelled);
        await using SwitchHost third = SwitchHost.Start(plan, new SwitchHostOptions { Takeover = true });
        Assert.Equal(SwitchEnd.HandedOver, (await second.Completion).End);
        Assert.Contains("150 received", machine.WaitForExit(Patience).Output);
        Assert.Contains("150 received", tap.WaitForExit(Patience).Output);
        Assert.Contains((await ControlClient.EventsAsync(SocketPath, cancellation: Cancelled)).Events, happened => happened.Name == "taken-over");
        Assert.True(third.HasTakenOver);
        // Whoever answers at the socket is the third; nothing was learned anew.
        SwitchSnapshot now = await ControlClient.ShowAsync(SocketPath, ShowTopic.Fdb, Cancelled);
        Assert.Equal(["left", "right", "tap"], now.Fdb.Select(entry => entry.Port).Order());
    }

    [Fact]
    public async Task A_connection_through_address_translation_keeps_its_port()
    {
        LiveRequirements.Need("ping", "sysctl", Python);
        using var lab = new NatLab();
        lab.Start();
        // The first restart gives it a socket to be found at; the takeover is what is asked for.
        await lab.RestartAsync(1, stateFile: null, SocketPath);
        Assert.True(Wait.Until(() => lab.Machines[1].Run("ping", "-c", "1", "-W", "1", NatLab.Server).Succeeded, Patience));
        using RunningCommand server = lab.Remote.Start(Python, "-u", "-c", NatTraffic.Server);
        Assert.True(server.WaitForOutput("ready", Patience), server.Error);
        using RunningCommand talker = lab.Machines[1].Start(Python, "-u", "-c", NatTraffic.Talker, NatLab.Server, "8");
        Assert.True(talker.WaitForOutput("talking", Patience), talker.Error);
        SwitchHost next = await lab.TakeOverAsync(1, SocketPath);
        Assert.True(talker.WaitForOutput("said", TimeSpan.FromSeconds(90)), talker.Error);
        Assert.EndsWith(" 1", talker.Output.Split('\n').Last(line => line.StartsWith("said", StringComparison.Ordinal)).TrimEnd(), StringComparison.Ordinal);
        SwitchSnapshot after = await next.SnapshotAsync();
        Assert.True(after.Totals.Balanced, after.Totals.ToString());
        Assert.True(after.Nats[0].Inbound > 0);
    }

    [Theory]
    [InlineData("asked")]
    [InlineData("offered")]
    [InlineData("ready")]
    [InlineData("taken over but for the last word")]
    public async Task A_process_that_dies_half_way_leaves_the_switch_as_it_was(string when)
    {
        LiveRequirements.Need("ping");
        LiveRequirements.NeedTap();
        SwitchPlan plan = Lab();
        await using SwitchHost host = SwitchHost.Start(plan);
        Reaches();
        using (RunningCommand ping = _spaces[1].Start("ping", "-c50", "-i0.02", "-W20", "10.0.0.2"))
        {
            Die(when);
            Assert.Contains("50 received", ping.WaitForExit(Patience).Output);
        }

        Assert.True(await Heard("takeover-failed"));
        Assert.False(host.Completion.IsCompleted);
        Assert.Equal("lab", (await ControlClient.ShowAsync(SocketPath, ShowTopic.Ports, Cancelled)).Name);
        // And the next one that comes may have it.
        await using SwitchHost next = SwitchHost.Start(plan, new SwitchHostOptions { Takeover = true });
        Assert.Equal(SwitchEnd.HandedOver, (await host.Completion).End);
        Reaches();
    }

    [Fact]
    public async Task A_switch_that_cannot_be_taken_over_says_why_and_goes_on()
    {
        LiveRequirements.Need("ping");
        LiveRequirements.NeedTap();
        SwitchPlan plan = Lab();
        SwitchPlan writes = plan with { Ports = [.. plan.Ports, new PortPlan { Name = "copy", Role = PortRole.Access, Kind = PortKind.Pcap, WritePath = Path.Combine(_folder, "copy.pcap"), MtuBytes = 1500 }] };
        await using SwitchHost host = SwitchHost.Start(writes);
        SwitchStartException refused = Assert.Throws<SwitchStartException>(() => SwitchHost.Start(plan, new SwitchHostOptions { Takeover = true }));
        Assert.Contains("copy is a capture file", refused.Message);
        Assert.Contains("controlSocket", Assert.Throws<SwitchStartException>(() => SwitchHost.Start(plan with { ControlSocket = null }, new SwitchHostOptions { Takeover = true })).Message);
        Reaches();
    }

    [Fact]
    public async Task A_machine_on_the_move_is_waited_for_and_goes_on_with_its_flows()
    {
        LiveRequirements.Need("ping");
        LiveRequirements.NeedTap();
        SwitchPlan lab = Lab();
        SwitchPlan plan = lab with
        {
            Services = [MachinePlans.Connections],
            Machines = [new MachinePlan { Name = "vm", Id = 3, Port = 0, Services = [0], IPv4Flows = 256, IPv6Flows = 64 }],
        };
        await using SwitchHost first = SwitchHost.Start(plan);
        Reaches();
        await first.Moves.LeaveAsync("vm", new MigrationOptions { Id = 5, Epoch = 1 }, "elsewhere");
        Task<SwitchHost> taking = Task.Factory.StartNew(() => SwitchHost.Start(plan, new SwitchHostOptions { Takeover = true }), Cancelled, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (!first.IsHandingOver)
        {
            Assert.False(taking.IsCompleted);
            await Task.Delay(10, Cancelled);
        }

        _ = await first.Moves.CancelDepartureAsync("vm");
        await using SwitchHost second = await taking.WaitAsync(Patience, Cancelled);
        Assert.Equal(SwitchEnd.HandedOver, (await first.Completion).End);
        MachineSnapshot machine = (await ControlClient.ShowAsync(SocketPath, ShowTopic.Services, Cancelled)).Machines.Single();
        Assert.Equal("serving", machine.State);
        Assert.True(machine.Flows > 0);
        Reaches();
    }

    [Fact]
    public async Task Without_a_switch_to_take_over_it_starts_as_usual()
    {
        LiveRequirements.Need("ping");
        LiveRequirements.NeedTap();
        await using SwitchHost host = SwitchHost.Start(Lab(), new SwitchHostOptions { Takeover = true });
        Assert.False(host.HasTakenOver);
        Reaches();
    }

    [Fact]
    public void What_answers_at_the_socket_and_is_no_switch_is_refused()
    {
        LiveRequirements.Need();
        LiveRequirements.NeedTap();
        SwitchPlan plan = Lab();
        foreach (string answer in (string[])["{}", "null", "[1", "{\"format\":2}", "{\"format\":1,\"listeners\":[\"control\"]}", "{\"format\":1,\"refusal\":\"not today\"}"])
        {
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
            listener.Listen(1);
            var serving = new Thread(() =>
            {
                using var channel = new DescriptorChannel(listener.Accept());
                channel.Send(Encoding.UTF8.GetBytes(answer), [], Patience);
                _ = channel.WaitForEnd(Patience);
            });
            serving.Start();
            Assert.Throws<SwitchStartException>(() => SwitchHost.Start(plan, new SwitchHostOptions { Takeover = true }));
            serving.Join();
        }
    }

    /// <summary>Three machines: behind packet sockets of both kinds, and a TAP device.</summary>
    private SwitchPlan Lab()
    {
        for (int i = 0; i < 4; i++)
        {
            _spaces.Add(NetNamespace.Create());
        }

        foreach ((int number, string device) in new[] { (1, "left"), (2, "right") })
        {
            _spaces[0].AddVeth(device, _spaces[number], "eth0");
            _spaces[number].AddAddress("eth0", $"10.0.0.{number}/24");
        }

        ConfigurationResult read = ConfigurationFile.ReadText(
            $$"""
            schema: weft/1
            switch: {name: lab, controlSocket: "{{SocketPath}}"}
            ports:
              - {name: left, type: af_packet, device: left, networkNamespace: {{_spaces[0].Name}}, mtu: 1500, vlan: {mode: access, id: 10} }
              - {name: right, type: af_packet, driver: throughput, device: right, networkNamespace: {{_spaces[0].Name}}, mtu: 1500, vlan: {mode: access, id: 10} }
              - {name: tap, type: tap, device: t, networkNamespace: {{_spaces[3].Name}}, mtu: 1500, vlan: {mode: access, id: 10} }
            segments: [{name: lan, vlan: 10}]
            """,
            Path.Combine(_folder, "lab.yaml"));
        return read.Plan ?? throw new InvalidOperationException(string.Join('\n', read.Problems));
    }

    private void Reaches() => Assert.True(Wait.Until(() => _spaces[1].Run("ping", "-c1", "-W1", "10.0.0.2").Succeeded, Patience));

    /// <summary>What a new process does, up to where it dies.</summary>
    private void Die(string when)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        _ = socket.Send("{\"verb\":\"takeover\"}\n"u8);
        using var channel = new DescriptorChannel(socket);
        if (when == "asked")
        {
            return;
        }

        (byte[] offer, int[] descriptors) = channel.Receive(1 << 20, Patience);
        Assert.Contains("\"tap\"", Encoding.UTF8.GetString(offer));
        Array.ForEach(descriptors, descriptor => new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true).Dispose());
        if (when == "offered")
        {
            return;
        }

        channel.Send("ready"u8, [], Patience);
        if (when == "ready")
        {
            return;
        }

        (byte[] goods, _) = channel.Receive(1 << 24, Patience);
        Assert.Contains("\"fdb\"", Encoding.UTF8.GetString(goods));
    }

    private async Task<bool> Heard(string name)
    {
        for (int i = 0; i < 600; i++)
        {
            if ((await ControlClient.EventsAsync(SocketPath, cancellation: Cancelled)).Events.Any(happened => happened.Name == name))
            {
                return true;
            }

            await Task.Delay(50, Cancelled);
        }

        return false;
    }
}
