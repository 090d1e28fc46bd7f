using System.Net;
using System.Net.Sockets;
using Weft.Conformance.Support;
using Weft.MeshAgent;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>Certificates and keys are replaced while connections go on.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class RotationTests
{
    public static TheoryData<TunnelMode> Modes => [TunnelMode.Multiplexed, TunnelMode.PerConnection, TunnelMode.Plain];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Certificates_are_replaced_under_load_without_a_broken_connection(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        (MeshTlsAgent client, MeshTlsAgent server, IPEndPoint listen) = bed.Pair(mode, bed.Echo().EndPoint, Quick, Quick);
        using Socket longLived = await AgentBed.ConnectAsync(listen);
        byte[] ping = new byte[100];
        using var stop = new CancellationTokenSource();
        Task[] load = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal(5000, (await AgentBed.ExchangeAsync(listen, new byte[5000])).Length);
            }
        }))];

        for (int generation = 1; generation <= 4; generation++)
        {
            bed.Issue(generation % 2 == 0 ? "client" : "server");
            int wanted = generation;
            AgentBed.Eventually(() => bed.Events.Count(said => said.Kind == MeshAgentEventKind.CertificatesLoaded) >= wanted, "the new certificate is in use");
            await AgentBed.SendAllAsync(longLived, ping);
            await longLived.ReceiveAsync(ping).WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken);
            long before = client.Counters.Completed;
            AgentBed.Eventually(() => client.Counters.Completed > before + 5, "connections are still made");
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        longLived.Shutdown(SocketShutdown.Send);
        Assert.Empty(await AgentBed.ReadAllAsync(longLived));
        Assert.Equal(0, client.Counters.Resets + server.Counters.Resets + client.Counters.OpenFailures);
        if (mode == TunnelMode.Multiplexed)
        {
            Assert.True(client.Counters.TunnelsReplaced >= 2, $"tunnels were replaced: {client.Counters.TunnelsReplaced}");
            AgentBed.Eventually(() => server.Connections <= 1 && client.Connections <= 1, "old tunnels are closed when their streams are over");
        }
    }

    [Fact]
    public async Task A_renewal_that_failed_is_told_once_and_the_valid_certificate_goes_on()
    {
        await using var bed = new AgentBed();
        (MeshTlsAgent client, _, IPEndPoint listen) = bed.Pair(TunnelMode.PerConnection, bed.Echo().EndPoint, Quick);
        DateTimeOffset end = client.CertificateEnd;

        await File.WriteAllTextAsync(Path.Combine(bed.FolderOf("client"), "cert.pem"), "-----BEGIN CERTIFICATE-----\nnonsense\n", TestContext.Current.CancellationToken);
        AgentBed.Eventually(() => bed.Events.Any(said => said.Kind == MeshAgentEventKind.CertificatesRefused), "it is told");
        Assert.Equal(10, (await AgentBed.ExchangeAsync(listen, new byte[10])).Length);
        Assert.Equal(end, client.CertificateEnd);
        for (int i = 0; i < 5; i++)
        {
            client.CheckCertificates();
        }

        Assert.Single(bed.Events, said => said.Kind == MeshAgentEventKind.CertificatesRefused);

        bed.Issue("client", TimeSpan.FromHours(3));
        AgentBed.Eventually(() => client.CertificateEnd > end, "the next renewal takes effect");
        Assert.Equal(10, (await AgentBed.ExchangeAsync(listen, new byte[10])).Length);
    }

    [Fact]
    public async Task A_certificate_that_is_getting_old_is_told_at_half_and_at_four_fifths_of_its_life_and_at_its_end()
    {
        await using var bed = new AgentBed();
        var clock = new AheadClock();
        (MeshTlsAgent server, _) = bed.Server(bed.Echo().EndPoint, options => options with { Time = clock });
        int Told(MeshAgentEventKind kind) => bed.Events.Count(said => said.Kind == kind);

        foreach ((int minutes, int halfway, int soon, int over) in new[] { (10, 0, 0, 0), (35, 1, 0, 0), (40, 1, 0, 0), (55, 1, 1, 0), (61, 1, 1, 1), (62, 1, 1, 1) })
        {
            clock.Ahead = TimeSpan.FromMinutes(minutes);
            server.CheckCertificates();
            Assert.Equal((halfway, soon, over), (Told(MeshAgentEventKind.CertificateHalfway), Told(MeshAgentEventKind.CertificateExpiresSoon), Told(MeshAgentEventKind.CertificateExpired)));
        }
    }

    [Fact]
    public async Task A_bundle_that_no_longer_has_the_peers_authority_keeps_it_out_even_with_a_session_to_resume()
    {
        await using var bed = new AgentBed();
        (_, MeshTlsAgent server, IPEndPoint listen) = bed.Pair(TunnelMode.PerConnection, bed.Echo().EndPoint, Quick, Quick);
        Assert.Equal(10, (await AgentBed.ExchangeAsync(listen, new byte[10])).Length);

        new TestAuthority().WriteTo(bed.FolderOf("server"), new CertificateShape { Uris = ["spiffe://mesh.test/server"] });
        AgentBed.Eventually(() => bed.Events.Any(said => said.Kind == MeshAgentEventKind.CertificatesLoaded), "the server has it");
        SocketError error = await AgentBed.FailureOf(() => AgentBed.ExchangeAsync(listen, new byte[10]));

        AgentBed.MustBeReset(error);
        Assert.Equal(1, server.Counters.Completed);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Keys_are_replaced_before_their_limit_of_records_and_no_stream_notices(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        (MeshTlsAgent client, MeshTlsAgent server, IPEndPoint listen) = bed.Pair(
            mode, bed.Echo().EndPoint, options => options with { RecordsPerKey = 16 }, options => options with { RecordsPerKey = 16 });
        byte[] sent = new byte[3_000_000];
        new Random(3).NextBytes(sent);

        byte[][] answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AgentBed.ExchangeAsync(listen, sent)));

        Assert.All(answers, answer => Assert.True(answer.AsSpan().SequenceEqual(sent)));
        Assert.True(client.Counters.KeyUpdates > 10 && server.Counters.KeyUpdates > 10, $"{client.Counters.KeyUpdates} and {server.Counters.KeyUpdates}");
        Assert.Equal(0, client.Counters.Resets + server.Counters.Resets);
    }

    [Theory]
    [InlineData(TunnelMode.Multiplexed)]
    [InlineData(TunnelMode.PerConnection)]
    public async Task A_connection_under_an_expired_certificate_is_closed_when_the_grace_is_over(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        var life = TimeSpan.FromSeconds(25);
        (MeshTlsAgent client, _, IPEndPoint listen) = bed.Pair(mode, bed.Echo().EndPoint, options => options with { ExpiryGrace = TimeSpan.FromSeconds(1), Certificates = bed.Issue("client", life) });
        using Socket socket = await AgentBed.ConnectAsync(listen);
        await AgentBed.SendAllAsync(socket, new byte[1]);
        Assert.Equal(1, await socket.ReceiveAsync(new byte[1]).WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken));

        SocketError error = await AgentBed.FailureOf(() => AgentBed.ReadAllAsync(socket));

        AgentBed.MustBeReset(error);
        Assert.True(DateTimeOffset.UtcNow > client.CertificateEnd, "not before its end");
        Assert.Equal(1, client.Counters.ExpiredTunnels);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_drain_takes_nobody_new_and_waits_for_those_that_are_there(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        (MeshTlsAgent client, MeshTlsAgent server, IPEndPoint listen) = bed.Pair(mode, bed.Echo().EndPoint);
        using Socket socket = await AgentBed.ConnectAsync(listen);
        await AgentBed.SendAllAsync(socket, new byte[3]);
        Assert.Equal(3, await socket.ReceiveAsync(new byte[3]).WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken));

        Task<bool> drained = server.DrainAsync(AgentBed.Patience);
        SocketError error = await AgentBed.FailureOf(() => AgentBed.ExchangeAsync(listen, new byte[1]));
        Assert.NotEqual(SocketError.Success, error);
        Assert.False(drained.IsCompleted);

        await AgentBed.SendAllAsync(socket, new byte[4]);
        Assert.Equal(4, await socket.ReceiveAsync(new byte[4]).WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken));
        socket.Shutdown(SocketShutdown.Send);
        Assert.Empty(await AgentBed.ReadAllAsync(socket));

        Assert.True(await drained);
        Assert.Equal(1, client.Counters.Completed);
    }

    private static MeshAgentOptions Quick(MeshAgentOptions options) => options with { CertificateCheck = TimeSpan.FromMilliseconds(50) };

    private sealed class AheadClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + Ahead;
    }
}
