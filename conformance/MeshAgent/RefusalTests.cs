using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.MeshAgent;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>Who is not let in: no byte reaches the application, and the reason is counted.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class RefusalTests
{
    private static readonly TestAuthority Authority = new();

    public static TheoryData<string> Shapes => [.. ShapesByName.Keys];

    private static Dictionary<string, (CertificateShape Shape, PeerRefusal Reason)> ShapesByName { get; } = new()
    {
        ["no URI"] = (new() { Uris = [], DnsNames = ["client"] }, PeerRefusal.NoIdentity),
        ["two URIs"] = (new() { Uris = ["spiffe://mesh.test/client", "spiffe://mesh.test/x"] }, PeerRefusal.SeveralIdentities),
        ["an authority"] = (new() { IsAuthority = true }, PeerRefusal.AuthorityAsPeer),
        ["expired"] = (new() { Until = TimeSpan.FromMinutes(-2) }, PeerRefusal.Expired),
        ["not yet valid"] = (new() { From = TimeSpan.FromHours(2) }, PeerRefusal.NotYetValid),
        ["another trust domain"] = (new() { Uris = ["spiffe://other.test/client"] }, PeerRefusal.UnknownTrustDomain),
        ["somebody else of the mesh"] = (new() { Uris = ["spiffe://mesh.test/intruder"] }, PeerRefusal.NotAuthorized),
        ["for mail"] = (new() { ExtendedKeyUsages = ["1.3.6.1.5.5.7.3.4"] }, PeerRefusal.WrongExtendedKeyUsage),
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_client_with_a_bad_certificate_reaches_nobody(string name)
    {
        await using var bed = new AgentBed();
        (CertificateShape shape, PeerRefusal reason) = ShapesByName[name];
        (MeshTlsAgent server, TestApplication application, System.Net.IPEndPoint listen) = ServerOf(bed);
        Authority.WriteTo(bed.FolderOf("bad"), shape);

        await MustFail(() => TlsPeerProgram.ConnectAsync(listen, bed.FolderOf("bad")));

        AgentBed.Eventually(() => CountOf(server, reason) == 1, $"{reason} is counted: {string.Join("; ", bed.Events)}");
        AgentBed.Eventually(() => server.Connections == 0, "nothing is left");
        Assert.Equal(0, application.Accepted);
        Assert.Contains(bed.Events, said => said.Kind == MeshAgentEventKind.PeerRefused && said.Text.Contains(reason.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_client_with_a_good_certificate_reaches_the_application()
    {
        await using var bed = new AgentBed();
        (_, TestApplication application, System.Net.IPEndPoint listen) = ServerOf(bed);
        Authority.WriteTo(bed.FolderOf("good"), new CertificateShape { HasIntermediate = true });

        using SslStream tls = await TlsPeerProgram.ConnectAsync(listen, bed.FolderOf("good"));
        await tls.WriteAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
        byte[] answer = new byte[5];
        await tls.ReadExactlyAsync(answer, TestContext.Current.CancellationToken).AsTask().WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken);

        Assert.Equal("hello"u8.ToArray(), answer);
        Assert.Equal(1, application.Accepted);
    }

    [Fact]
    public async Task A_client_without_a_certificate_or_with_an_old_protocol_or_no_TLS_at_all_reaches_nobody()
    {
        await using var bed = new AgentBed();
        (MeshTlsAgent server, TestApplication application, System.Net.IPEndPoint listen) = ServerOf(bed);
        Authority.WriteTo(bed.FolderOf("good"), new CertificateShape());

        await MustFail(() => TlsPeerProgram.ConnectAsync(listen, folder: null));
        await MustFail(() => TlsPeerProgram.ConnectAsync(listen, bed.FolderOf("good"), version: SslProtocols.Tls12));
        await MustFail(() => TlsPeerProgram.ConnectAsync(listen, bed.FolderOf("good"), protocol: "h2"));
        using (Socket plain = await AgentBed.ConnectAsync(listen))
        {
            await AgentBed.SendAllAsync(plain, "GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            _ = await AgentBed.FailureOf(() => AgentBed.ReadAllAsync(plain));
        }

        AgentBed.Eventually(() => server.Counters.HandshakeFailures == 4, $"all are counted: {server.Counters.HandshakeFailures}");
        Assert.Equal(0, application.Accepted);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_server_with_a_bad_certificate_hears_nothing_of_the_client(string name)
    {
        await using var bed = new AgentBed();
        (CertificateShape shape, PeerRefusal reason) = ShapesByName[name];
        Authority.WriteTo(bed.FolderOf("bad"), shape);
        var heard = new TaskCompletionSource<int>();
        TestApplication impostor = bed.Application(async socket =>
        {
            try
            {
                using SslStream tls = await TlsPeerProgram.AcceptAsync(socket, bed.FolderOf("bad"));
                heard.TrySetResult(await tls.ReadAsync(new byte[100]).AsTask().WaitAsync(AgentBed.Patience));
            }
            catch (Exception refused) when (refused is AuthenticationException or IOException)
            {
                heard.TrySetResult(0);
            }
        });
        (MeshTlsAgent client, System.Net.IPEndPoint listen) = bed.Client(AgentBed.EndpointOf(impostor.EndPoint), TunnelMode.Plain, options => With(bed, options, "client"));

        SocketError error = await AgentBed.FailureOf(async () =>
        {
            using Socket socket = await AgentBed.ConnectAsync(listen);
            await AgentBed.SendAllAsync(socket, "secret"u8.ToArray());
            await AgentBed.ReadAllAsync(socket);
        });

        AgentBed.MustBeReset(error);
        Assert.Equal(0, await heard.Task.WaitAsync(AgentBed.Patience, TestContext.Current.CancellationToken));
        AgentBed.Eventually(() => CountOf(client, reason == PeerRefusal.NotAuthorized ? PeerRefusal.WrongIdentity : reason) == 1, string.Join("; ", bed.Events));
    }

    [Theory]
    [InlineData(TunnelMode.Multiplexed)]
    [InlineData(TunnelMode.PerConnection)]
    public async Task A_service_that_is_not_offered_is_not_reached(TunnelMode mode)
    {
        await using var bed = new AgentBed();
        TestApplication application = bed.Echo();
        (MeshTlsAgent server, MeshEndpoint tunnel) = bed.Server(application.EndPoint);
        (MeshTlsAgent client, System.Net.IPEndPoint listen) = bed.Client(tunnel, mode, options => options with
        {
            Forwards = [options.Forwards[0] with { Service = AgentBed.Service with { Port = 9999 } }],
        });

        SocketError error = await AgentBed.FailureOf(async () =>
        {
            using Socket socket = await AgentBed.ConnectAsync(listen);
            await AgentBed.SendAllAsync(socket, "hello"u8.ToArray());
            await AgentBed.ReadAllAsync(socket);
        });

        AgentBed.MustBeReset(error);
        AgentBed.Eventually(() => server.Counters.OpensRefused == 1, "it is counted");
        Assert.Equal(0, application.Accepted);
        Assert.Equal(0, client.Counters.Completed);
    }

    private static (MeshTlsAgent, TestApplication, System.Net.IPEndPoint) ServerOf(AgentBed bed)
    {
        TestApplication application = bed.Echo();
        (MeshTlsAgent server, MeshEndpoint tunnel) = bed.Server(application.EndPoint, options => With(bed, options, "server"), isPlain: true);
        return (server, application, AgentBed.EndPointOf(tunnel));
    }

    // Certificates of the authority that can make bad ones.
    private static MeshAgentOptions With(AgentBed bed, MeshAgentOptions options, string name)
    {
        Authority.WriteTo(bed.FolderOf("own"), new CertificateShape { Uris = [$"spiffe://mesh.test/{name}"] });
        return options with { Certificates = CertificateFiles.InFolder(bed.FolderOf("own"), AgentBed.TrustDomain) };
    }

    // In TLS 1.3 a client learns that it was refused when it reads.
    private static async Task MustFail(Func<Task<SslStream>> connect)
    {
        try
        {
            using SslStream tls = await connect();
            await tls.WriteAsync("hello"u8.ToArray());
            int count = await tls.ReadAsync(new byte[10]).AsTask().WaitAsync(AgentBed.Patience);
            Assert.Equal(0, count);
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException or SocketException)
        {
            // As it should be.
        }
    }

    private static long CountOf(MeshTlsAgent agent, PeerRefusal refusal)
    {
        MeshAgentCounters counters = agent.Counters;
        return counters.Refused(refusal);
    }
}
