using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.MeshAgent;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>What an agent does with peers that do nothing, do too much or leave in a bad way.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class LimitTests
{
    [Fact]
    public async Task A_connection_that_says_nothing_is_closed_at_the_handshake_deadline()
    {
        await using var bed = new AgentBed();
        (MeshTlsAgent server, MeshEndpoint tunnel) = bed.Server(bed.Echo().EndPoint, options => options with { HandshakeTimeout = TimeSpan.FromMilliseconds(300) });

        using Socket silent = await AgentBed.ConnectAsync(AgentBed.EndPointOf(tunnel));
        _ = await AgentBed.FailureOf(() => AgentBed.ReadAllAsync(silent));

        AgentBed.Eventually(() => server.Counters.HandshakeTimeouts == 1 && server.Connections == 0, "it is counted and forgotten");
    }

    [Fact]
    public async Task One_source_cannot_take_all_handshakes()
    {
        await using var bed = new AgentBed();
        (MeshTlsAgent server, MeshEndpoint tunnel) = bed.Server(bed.Echo().EndPoint, options => options with { MaxHandshakesPerSource = 3 });
        var silent = new List<Socket>();
        for (int i = 0; i < 6; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            silent.Add(socket);
            _ = await AgentBed.FailureOf(() => socket.ConnectAsync(AgentBed.EndPointOf(tunnel)).WaitAsync(AgentBed.Patience)); // a refusal may be heard of at once
        }

        AgentBed.Eventually(() => server.Counters.HandshakeLimit == 3, "three of six are refused");
        silent.ForEach(socket => socket.Dispose());
        AgentBed.Eventually(() => server.Connections == 0, "those that left make room");
    }

    [Fact]
    public async Task Beyond_the_limit_of_connections_clients_are_reset_and_later_served_again()
    {
        await using var bed = new AgentBed();
        (MeshTlsAgent client, _, IPEndPoint listen) = bed.Pair(TunnelMode.Multiplexed, bed.Echo().EndPoint, options => options with { MaxConnections = 3 });
        var held = new List<Socket>();
        for (int i = 0; i < 2; i++)
        {
            Socket socket = await AgentBed.ConnectAsync(listen);
            await AgentBed.SendAllAsync(socket, new byte[1]);
            Assert.Equal(1, await socket.ReceiveAsync(new byte[1]).WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken));
            held.Add(socket);
        }

        SocketError error = await AgentBed.FailureOf(async () =>
        {
            using Socket more = await AgentBed.ConnectAsync(listen);
            await AgentBed.ReadAllAsync(more);
        });
        AgentBed.MustBeReset(error);
        AgentBed.Eventually(() => client.Counters.ConnectionLimit == 1, "it is counted");

        held.ForEach(socket => socket.Dispose());
        AgentBed.Eventually(() => client.Connections == 1, "only the tunnel is left");
        Assert.Equal(7, (await AgentBed.ExchangeAsync(listen, new byte[7])).Length);
    }

    [Fact]
    public async Task A_peer_that_leaves_without_saying_so_has_cut_what_it_sent_and_the_application_is_reset()
    {
        await using var bed = new AgentBed();
        var seen = new TaskCompletionSource<SocketError>();
        TestApplication application = bed.Application(async socket => seen.SetResult(await AgentBed.FailureOf(() => AgentBed.ReadAllAsync(socket))));
        (MeshTlsAgent server, MeshEndpoint tunnel) = bed.Server(application.EndPoint, isPlain: true);
        bed.Issue("client");

        SslStream tls = await TlsPeerProgram.ConnectAsync(AgentBed.EndPointOf(tunnel), bed.FolderOf("client"));
        await tls.WriteAsync("half of a sentence"u8.ToArray(), TestContext.Current.CancellationToken);
        AgentBed.Eventually(() => server.Counters.BytesDecrypted == 18, "the server has it");
        ((NetworkStream)GetInner(tls)).Socket.Shutdown(SocketShutdown.Send); // a FIN of TCP, and no close_notify

        Assert.Equal(SocketError.ConnectionReset, await seen.Task.WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken));
        AgentBed.Eventually(() => server.Counters.Truncations == 1, "it is counted");
        await tls.DisposeAsync();
    }

    [Fact]
    public async Task A_peer_that_says_goodbye_ends_the_application_in_good_order()
    {
        await using var bed = new AgentBed();
        var seen = new TaskCompletionSource<byte[]>();
        TestApplication application = bed.Application(async socket => seen.SetResult(await AgentBed.ReadAllAsync(socket)));
        (MeshTlsAgent server, MeshEndpoint tunnel) = bed.Server(application.EndPoint, isPlain: true);
        bed.Issue("client");

        using SslStream tls = await TlsPeerProgram.ConnectAsync(AgentBed.EndPointOf(tunnel), bed.FolderOf("client"));
        await tls.WriteAsync("a sentence"u8.ToArray(), TestContext.Current.CancellationToken);
        await tls.ShutdownAsync();

        Assert.Equal("a sentence", Encoding.ASCII.GetString(await seen.Task.WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken)));
        Assert.Equal(0, server.Counters.Truncations);
    }

    [Fact]
    public async Task A_peer_that_breaks_the_protocol_of_streams_is_thrown_out()
    {
        await using var bed = new AgentBed();
        TestApplication application = bed.Echo();
        (MeshTlsAgent server, MeshEndpoint tunnel) = bed.Server(application.EndPoint);
        bed.Issue("client");

        using SslStream tls = await TlsPeerProgram.ConnectAsync(AgentBed.EndPointOf(tunnel), bed.FolderOf("client"), "weft-mux/1");
        await tls.WriteAsync(Convert.FromHexString("0300000100000001ff"), TestContext.Current.CancellationToken);

        AgentBed.Eventually(() => server.Counters.MuxViolations == 1 && server.Connections == 0, "it is counted and closed");
        Assert.Equal(0, application.Accepted);
    }

    [Fact]
    public async Task Idle_connections_are_reset_when_the_idle_time_is_over()
    {
        await using var bed = new AgentBed();
        (MeshTlsAgent client, _, IPEndPoint listen) = bed.Pair(TunnelMode.Multiplexed, bed.Echo().EndPoint, options => options with { IdleTimeout = TimeSpan.FromSeconds(1) });

        using Socket idle = await AgentBed.ConnectAsync(listen);
        SocketError error = await AgentBed.FailureOf(() => AgentBed.ReadAllAsync(idle));

        AgentBed.MustBeReset(error);
        Assert.Equal(1, client.Counters.IdleTimeouts);
    }

    [Theory]
    [InlineData(TunnelMode.Multiplexed)]
    [InlineData(TunnelMode.PerConnection)]
    public async Task An_application_that_does_not_read_holds_up_nobody_else_and_no_more_memory_than_its_credit(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        int connection = 0;
        TestApplication application = bed.Application(async socket =>
        {
            if (Interlocked.Increment(ref connection) == 1)
            {
                await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
            }

            await AgentBed.SendAllAsync(socket, await AgentBed.ReadAllAsync(socket));
        });
        (MeshTlsAgent client, MeshTlsAgent server, IPEndPoint listen) = bed.Pair(mode, application.EndPoint);
        using Socket stuck = await AgentBed.ConnectAsync(listen);
        stuck.Blocking = false;
        AgentBed.Eventually(() => application.Accepted == 1, "the stuck one is first");
        byte[] flood = new byte[1 << 20];
        AgentBed.Eventually(() => stuck.Send(flood, SocketFlags.None, out SocketError full) < 0 || full == SocketError.WouldBlock, "it fills all there is");

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(2_000_000, (await AgentBed.ExchangeAsync(listen, new byte[2_000_000])).Length);
        }

        Assert.True(server.Counters.Resets == 0 && client.Counters.Resets == 0);
    }

    [Fact]
    public void Options_out_of_range_are_named_with_their_range()
    {
        var good = new MeshAgentOptions { Certificates = CertificateFiles.InFolder("nowhere", "mesh.test") };
        Assert.Contains("MaxConnections must be 1 to 1000000", Assert.Throws<ArgumentOutOfRangeException>(() => new MeshTlsAgent(good with { MaxConnections = 0 })).Message, StringComparison.Ordinal);
        Assert.Contains("StreamCredit must be 16384", Assert.Throws<ArgumentOutOfRangeException>(() => new MeshTlsAgent(good with { StreamCredit = 1 })).Message, StringComparison.Ordinal);
        Assert.Contains("HandshakeTimeout must be", Assert.Throws<ArgumentOutOfRangeException>(() => new MeshTlsAgent(good with { HandshakeTimeout = TimeSpan.Zero })).Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine("nowhere", "cert.pem"), Assert.Throws<InvalidDataException>(() => new MeshTlsAgent(good)).Message, StringComparison.Ordinal);
    }

    private static Stream GetInner(SslStream tls) =>
        (Stream)typeof(AuthenticatedStream).GetProperty("InnerStream", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.GetValue(tls)!;
}
