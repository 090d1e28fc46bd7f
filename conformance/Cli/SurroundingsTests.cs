using System.Net;
using System.Net.Sockets;
using Weft.Cli.Commands;
using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;

namespace Weft.Conformance.CliTests;

/// <summary>The web server and the export of metrics follow a reload.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class SurroundingsTests : IAsyncLifetime
{
    private static readonly SwitchPlan Plan = TestPlans.Resolved();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private SwitchHost _host = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _host = SwitchHost.Start(Plan, new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task A_web_server_comes_changes_its_port_and_goes_with_the_configuration()
    {
        await using var surroundings = new Surroundings(_host, wantsWeb: false);
        await surroundings.ChangeAsync(Plan);
        Assert.Null(surroundings.Web);

        await surroundings.ChangeAsync(Plan with { Api = new ApiPlan { Port = 0 } });
        Uri first = surroundings.Web!.Address;
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(new Uri(first, "/metrics"), Cancelled)).StatusCode);

        await surroundings.ChangeAsync(Plan with { Api = new ApiPlan { Port = 0, Hosts = ["weft.test"] } });
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(new Uri(surroundings.Web!.Address, "/metrics"), Cancelled)).StatusCode);

        await surroundings.ChangeAsync(Plan);
        Assert.Null(surroundings.Web);
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync(new Uri(first, "/metrics"), Cancelled));
    }

    [Fact]
    public async Task A_web_server_that_cannot_be_started_leaves_the_old_one_in_place()
    {
        await using var surroundings = new Surroundings(_host, wantsWeb: false);
        await surroundings.ChangeAsync(Plan with { Api = new ApiPlan { Port = 0 } });
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await Assert.ThrowsAsync<SwitchStartException>(() => surroundings.ChangeAsync(Plan with { Api = new ApiPlan { Port = port } }));
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(new Uri(surroundings.Web!.Address, "/metrics"), Cancelled)).StatusCode);
    }

    [Fact]
    public async Task What_stays_the_same_is_left_alone_and_a_wish_for_the_dashboard_outlives_reloads()
    {
        await using var surroundings = new Surroundings(_host, wantsWeb: true);
        await surroundings.ChangeAsync(Plan with { Api = new ApiPlan { Port = 0 } });
        object before = surroundings.Web!;
        await surroundings.ChangeAsync(Plan with { Api = new ApiPlan { Port = 0 } });
        Assert.Same(before, surroundings.Web);
    }

    [Fact]
    public async Task The_export_of_metrics_follows_too()
    {
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        await using var surroundings = new Surroundings(_host, wantsWeb: false);
        await surroundings.ChangeAsync(Plan);
        await surroundings.ChangeAsync(Plan with { Metrics = new MetricsPlan { Endpoint = new Uri($"http://127.0.0.1:{((IPEndPoint)collector.LocalEndpoint).Port}/"), Protocol = OtlpProtocol.Http, Interval = TimeSpan.FromSeconds(1) } });

        using TcpClient report = await collector.AcceptTcpClientAsync(Cancelled);
        byte[] head = new byte[4];
        await report.GetStream().ReadExactlyAsync(head, Cancelled);
        Assert.Equal("POST"u8, head);
        report.Close();
        collector.Stop();
        await surroundings.ChangeAsync(Plan);
    }
}
