using System.Net.Sockets;
using System.Text;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>A switch on its own thread, and the socket through which it is asked.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class SwitchHostTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-test-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_folder, "weft.sock");

    [Fact]
    public async Task A_replay_ends_with_its_input_and_says_where_every_frame_went()
    {
        SwitchPlan plan = Resolved();
        var links = plan.Ports.Select(port => new MemoryLink(port.Name, "far")).ToArray();
        for (int i = 0; i < 100; i++)
        {
            links[Web1].Right.TrySend(Plain(B, A), Timestamp.FromMilliseconds(i));
        }

        SwitchRunResult result = await SwitchHost.RunAsync(plan, Cancelled, new SwitchHostOptions { OpenPort = port => links.Single(link => link.Left.Name == port.Name).Left });
        Assert.Equal(SwitchEnd.InputEnded, result.End);
        Assert.Null(result.Failure);
        Assert.Equal(100, result.Final.Totals.Received);
        Assert.True(result.Final.Totals.Balanced);
        Assert.Equal(0.099, result.Final.UptimeSeconds, 6);
    }

    [Fact]
    public async Task A_running_switch_is_shown_traced_and_stopped_through_its_socket()
    {
        await using SwitchHost host = StartLive();
        SwitchSnapshot ports = await ControlClient.ShowAsync(SocketPath, ShowTopic.Ports, Cancelled);
        Assert.Equal(["web1", "web2", "db", "trunk", "up0"], ports.Ports.Select(port => port.Name));
        Assert.NotEmpty(await ControlClient.VersionAsync(SocketPath, Cancelled));
        PacketTrace trace = await ControlClient.TraceAsync(SocketPath, "web1", Plain(B, A), Cancelled);
        Assert.Equal("VERDICT forwarded web2, trunk, up0, up0", trace.Verdict);
        await Assert.ThrowsAsync<ControlException>(() => ControlClient.TraceAsync(SocketPath, "eth7", Plain(B, A), Cancelled));

        await ControlClient.StopAsync(SocketPath, Cancelled);
        SwitchRunResult result = await host.Completion;
        Assert.Equal(SwitchEnd.Stopped, result.End);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_may_use_the_socket_and_it_goes_with_the_switch()
    {
        await using (SwitchHost host = StartLive())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
        }

        Assert.False(File.Exists(SocketPath));
        await Assert.ThrowsAsync<ControlException>(() => ControlClient.VersionAsync(SocketPath, Cancelled));
    }

    [Fact]
    public async Task A_second_switch_on_the_same_socket_is_refused_and_a_dead_ones_socket_is_replaced()
    {
        await using (SwitchHost host = StartLive())
        {
            Assert.Contains("another running switch", Assert.Throws<SwitchStartException>(() => StartLive()).Message);
            Assert.NotEmpty(await ControlClient.VersionAsync(SocketPath, Cancelled));
        }

        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(SocketPath));
        }

        await using SwitchHost again = StartLive();
        Assert.NotEmpty(await ControlClient.VersionAsync(SocketPath, Cancelled));
    }

    [Theory]
    [InlineData("precious")]
    [InlineData("")]
    public void A_file_in_the_place_of_the_socket_is_left_alone(string content)
    {
        File.WriteAllText(SocketPath, content);
        Assert.Throws<SwitchStartException>(() => StartLive());
        Assert.Equal(content, File.ReadAllText(SocketPath));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1,2]")]
    [InlineData("{\"verb\":\"show\",\"topic\":\"secrets\"}")]
    [InlineData("{\"verb\":\"show\",\"topic\":\"99\"}")]
    [InlineData("{\"verb\":\"trace\",\"port\":\"web1\",\"packet\":\"xyz\"}")]
    [InlineData("{\"verb\":\"trace\",\"port\":\"web1\",\"packet\":null}")]
    [InlineData("{\"verb\":7}")]
    public async Task A_request_that_makes_no_sense_gets_an_answer_and_the_next_one_too(string request)
    {
        await using SwitchHost host = StartLive();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), Cancelled);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request + "\n{\"verb\":\"version\"}\n"), Cancelled);
        string? answer = await reader.ReadLineAsync(Cancelled);
        Assert.True(answer!.Contains("\"error\":\"") || answer.Contains("frame-too-short"), answer);
        Assert.Contains("\"version\":\"", await reader.ReadLineAsync(Cancelled));
    }

    [Fact]
    public async Task A_request_without_end_is_hung_up_on_and_others_are_served()
    {
        await using SwitchHost host = StartLive();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), Cancelled);
        byte[] junk = new byte[64 * 1024];
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            for (int i = 0; i < 64; i++)
            {
                await socket.SendAsync(junk);
            }

            if (await socket.ReceiveAsync(junk) == 0)
            {
                throw new IOException("hung up");
            }
        });
        Assert.NotEmpty(await ControlClient.VersionAsync(SocketPath, Cancelled));
    }

    [Fact]
    public async Task A_port_that_cannot_be_opened_is_named_and_those_before_it_are_closed()
    {
        SwitchPlan plan = Resolved() with { Ports = [.. Resolved().Ports.Select(port => port with { Kind = PortKind.Pcap })] };
        plan = plan.WithPort(Trunk, trunk => trunk with { ReadPath = Path.Combine(_folder, "missing.pcap") });
        SwitchStartException refused = await Assert.ThrowsAsync<SwitchStartException>(() => SwitchHost.RunAsync(plan, Cancelled));
        Assert.StartsWith("port trunk: ", refused.Message);
    }

    [Fact]
    public async Task A_switch_that_has_ended_refuses_questions()
    {
        await using SwitchHost host = StartLive();
        host.Stop();
        await host.Completion;
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.SnapshotAsync());
    }

    [Fact]
    public async Task A_reload_keeps_ports_that_did_not_change_and_opens_new_ones()
    {
        var opened = new List<string>();
        await using SwitchHost host = StartLive(opened);
        SwitchPlan plan = Resolved();
        await host.ReloadAsync(plan with { Ports = [.. plan.Ports, plan.Ports[Web1] with { Name = "web3" }] });
        Assert.Equal("web3", opened[^1]);
        Assert.Equal(6, opened.Count);
        Assert.Equal(6, (await host.SnapshotAsync(SnapshotParts.None)).Ports.Count);
    }

    [Fact]
    public async Task A_reload_that_cannot_open_a_port_leaves_everything_as_it_was()
    {
        await using SwitchHost host = StartLive();
        SwitchPlan plan = Resolved();
        SwitchPlan broken = plan with { Ports = [.. plan.Ports, plan.Ports[Web1] with { Name = "unlucky" }] };
        await Assert.ThrowsAsync<SwitchStartException>(() => host.ReloadAsync(broken));
        Assert.Equal(5, (await host.SnapshotAsync(SnapshotParts.None)).Ports.Count);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private SwitchHost StartLive(List<string>? opened = null) => SwitchHost.Start(
        Resolved() with { ControlSocket = SocketPath },
        new SwitchHostOptions
        {
            OpenPort = port =>
            {
                opened?.Add(port.Name);
                return port.Name == "unlucky" ? throw new IOException("no such luck") : new IdleLivePort(port.Name);
            },
        });
}
