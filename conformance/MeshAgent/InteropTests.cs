using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.MeshAgent;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>Agents and programs that are not ours: stunnel on either side, OpenSSL's client with every bad certificate, testssl.sh as judge.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class InteropTests
{
    private static readonly TimeSpan LongPatience = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task Stunnel_as_client_reaches_an_application_behind_the_agent()
    {
        LiveRequirements.NeedPrograms("stunnel4");
        await using var bed = new AgentBed();
        (MeshTlsAgent server, MeshEndpoint tunnel) = bed.Server(bed.Echo().EndPoint, isPlain: true);
        bed.Issue("client");
        int port = FreePort.OnLoopback();
        using RunningCommand stunnel = Stunnel(bed, "client", isClient: true, $"127.0.0.1:{port}", tunnel.ToString());

        await ExchangeUntilUp(new IPEndPoint(IPAddress.Loopback, port));

        byte[][] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AgentBed.ExchangeAsync(new IPEndPoint(IPAddress.Loopback, port), new byte[i * 20_000])));
        Assert.All(answers.Index(), answer => Assert.Equal(answer.Index * 20_000, answer.Item.Length));
        AgentBed.Eventually(() => server.Counters.Completed >= 21, $"all ended in good order: {server.Counters.Completed} {stunnel.Error}");
        Assert.True(server.Counters.Resumptions > 0, "stunnel resumes our sessions");
        Assert.Equal(0, server.Counters.Truncations);
    }

    [Fact]
    public async Task The_agent_as_client_reaches_an_application_behind_stunnel()
    {
        LiveRequirements.NeedPrograms("stunnel4");
        await using var bed = new AgentBed();
        TestApplication application = bed.Echo();
        bed.Issue("server");
        int port = FreePort.OnLoopback();
        using RunningCommand stunnel = Stunnel(bed, "server", isClient: false, $"127.0.0.1:{port}", application.EndPoint.ToString());
        (MeshTlsAgent client, IPEndPoint listen) = bed.Client(AgentBed.EndpointOf(new IPEndPoint(IPAddress.Loopback, port)), TunnelMode.Plain);

        await ExchangeUntilUp(listen);

        byte[][] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AgentBed.ExchangeAsync(listen, new byte[i * 20_000])));
        Assert.All(answers.Index(), answer => Assert.Equal(answer.Index * 20_000, answer.Item.Length));
        AgentBed.Eventually(() => client.Counters.Completed >= 21, $"all ended in good order: {client.Counters.Completed} {stunnel.Error}");
        Assert.True(client.Counters.Resumptions > 0, "we resume stunnel's sessions");
    }

    [Fact]
    public async Task Stunnel_with_the_certificate_of_somebody_else_is_refused()
    {
        LiveRequirements.NeedPrograms("stunnel4");
        await using var bed = new AgentBed();
        TestApplication application = bed.Echo();
        (MeshTlsAgent server, MeshEndpoint tunnel) = bed.Server(application.EndPoint, isPlain: true);
        bed.Issue("intruder");
        int port = FreePort.OnLoopback();
        using RunningCommand stunnel = Stunnel(bed, "intruder", isClient: true, $"127.0.0.1:{port}", tunnel.ToString());

        AgentBed.Eventually(
            () =>
            {
                _ = Task.Run(() => AgentBed.FailureOf(() => AgentBed.ExchangeAsync(new IPEndPoint(IPAddress.Loopback, port), "hello"u8.ToArray()))).Wait(TimeSpan.FromSeconds(2));
                return server.Counters.RefusedNotAuthorized > 0;
            },
            "it was refused");

        Assert.Equal(0, application.Accepted);
    }

    [Theory]
    [InlineData("wrong", nameof(PeerRefusal.NotAuthorized))]
    [InlineData("expired", nameof(PeerRefusal.Expired))]
    [InlineData("authority", nameof(PeerRefusal.AuthorityAsPeer))]
    [InlineData("two names", nameof(PeerRefusal.SeveralIdentities))]
    [InlineData("other root", nameof(PeerRefusal.UntrustedChain))]
    [InlineData("good", nameof(PeerRefusal.None))]
    public async Task OpenSSLs_client_gets_in_with_the_right_certificate_only(string which, string reason)
    {
        LiveRequirements.NeedPrograms("openssl", "sh");
        await using var bed = new AgentBed();
        TestApplication application = bed.Application(async socket =>
        {
            byte[] heard = new byte[100];
            await AgentBed.SendAllAsync(socket, heard.AsMemory(0, await socket.ReceiveAsync(heard)));
            socket.Shutdown(SocketShutdown.Send);
        });
        var authority = new TestAuthority();
        authority.WriteTo(bed.FolderOf("own"), new CertificateShape { Uris = ["spiffe://mesh.test/server"] });
        (MeshTlsAgent server, MeshEndpoint tunnel) = bed.Server(
            application.EndPoint, options => options with { Certificates = CertificateFiles.InFolder(bed.FolderOf("own"), AgentBed.TrustDomain) }, isPlain: true);
        CertificateShape shape = which switch
        {
            "wrong" => new() { Uris = ["spiffe://mesh.test/intruder"] },
            "expired" => new() { Until = TimeSpan.FromMinutes(-5) },
            "authority" => new() { IsAuthority = true },
            "two names" => new() { Uris = ["spiffe://mesh.test/client", "spiffe://mesh.test/server"] },
            _ => new(),
        };
        (which == "other root" ? new TestAuthority() : authority).WriteTo(bed.FolderOf("shown"), shape);
        string folder = bed.FolderOf("shown");

        // With -quiet it waits until the other side ends.
        string command = $"printf 'bytes for the application' | openssl s_client -connect {tunnel} -tls1_3 -quiet -cert {folder}/cert.pem -key {folder}/key.pem";
        CommandResult result = Command.Run(AgentBed.Patience, "sh", "-c", command);

        if (reason == nameof(PeerRefusal.None))
        {
            Assert.Equal("bytes for the application", result.Output.Trim());
            return;
        }

        AgentBed.Eventually(
            () =>
            {
                MeshAgentCounters counters = server.Counters;
                return counters.Refused(Enum.Parse<PeerRefusal>(reason)) == 1;
            },
            "the refusal is counted");
        Assert.Contains("alert", result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("bytes for", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, application.Accepted);
    }

    [Theory]
    [InlineData(TunnelMode.Multiplexed)]
    [InlineData(TunnelMode.PerConnection)]
    public async Task HAProxy_before_the_client_agent_and_HAProxy_behind_the_server_agent_agree_who_the_client_is(TunnelMode mode)
    {
        LiveRequirements.NeedPrograms("haproxy");
        await using var bed = new AgentBed();
        (int front, int behind) = (FreePort.OnLoopback(), FreePort.OnLoopback());
        (_, _, IPEndPoint listen) = bed.Pair(
            mode,
            new IPEndPoint(IPAddress.Loopback, behind),
            options => options with { Forwards = [options.Forwards[0] with { AcceptProxyHeader = true }] },
            options => options with { Targets = [options.Targets[0] with { SendProxyHeader = true }] });
        string configuration = bed.FolderOf("haproxy.cfg");
        await File.WriteAllTextAsync(
            configuration,
            $"""
            defaults
                timeout connect 30s
                timeout client 30s
                timeout server 30s
            listen before
                mode tcp
                bind 127.0.0.1:{front}
                server agent {listen} send-proxy-v2
            frontend behind
                mode http
                bind 127.0.0.1:{behind} accept-proxy
                http-request return status 200 content-type text/plain lf-string "%[src]:%[src_port]"

            """,
            TestContext.Current.CancellationToken);
        using RunningCommand haproxy = Command.Start("haproxy", "-db", "-f", configuration);

        string body = "";
        string self = "none";
        for (DateTime end = DateTime.UtcNow + AgentBed.Patience; body.Length == 0 && DateTime.UtcNow < end;)
        {
            try
            {
                using Socket socket = await AgentBed.ConnectAsync(new IPEndPoint(IPAddress.Loopback, front));
                self = socket.LocalEndPoint!.ToString()!;
                await AgentBed.SendAllAsync(socket, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray());
                string answer = System.Text.Encoding.ASCII.GetString(await AgentBed.ReadAllAsync(socket));
                body = answer.Contains("200 OK", StringComparison.Ordinal) ? answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..] : "";
            }
            catch (SocketException)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken); // not up yet
            }
        }

        Assert.True(self == body, $"{self} and {body}: {haproxy.Error}");
    }

    [Fact]
    public async Task Testssl_finds_nothing_weak()
    {
        string? program = new[] { "testssl", "testssl.sh" }.FirstOrDefault(Command.Exists);
        Assert.SkipUnless(program is not null, "needs the program testssl");
        await using var bed = new AgentBed();
        (_, MeshEndpoint tunnel) = bed.Server(bed.Echo().EndPoint);
        string report = bed.FolderOf("report.json");

        // Protocols, suites, the server's defaults and its vulnerabilities; not what belongs to HTTP.
        CommandResult result = Command.Run(
            LongPatience, program!, "--quiet", "--warnings", "off", "--color", "0", "--mode", "serial", "--nodns", "min", "--ssl-native", "--openssl", Command.Find("openssl"),
            "--jsonfile", report, "-p", "-s", "-f", "-U", tunnel.ToString());

        Assert.True(File.Exists(report), result.Output + result.Error);
        JsonElement[] findings = [.. JsonDocument.Parse(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken)).RootElement.EnumerateArray()];
        string[] weak = [.. findings.Where(found => found.GetProperty("severity").GetString() is "LOW" or "MEDIUM" or "HIGH" or "CRITICAL").Select(found => found.ToString())];
        Assert.Empty(weak);
        Assert.Contains(findings, found => found.GetProperty("id").GetString() == "TLS1_3" && found.GetProperty("finding").GetString()!.StartsWith("offered", StringComparison.Ordinal));
        Assert.Contains(findings, found => found.GetProperty("id").GetString() == "TLS1_2" && found.GetProperty("finding").GetString()!.StartsWith("not offered", StringComparison.Ordinal));
    }

    private static RunningCommand Stunnel(AgentBed bed, string name, bool isClient, string accept, string connect)
    {
        string folder = bed.FolderOf(name);
        string configuration = Path.Combine(folder, "stunnel.conf");
        File.WriteAllText(configuration, $"""
            foreground = yes
            pid =
            debug = 5
            [weft]
            client = {(isClient ? "yes" : "no")}
            accept = {accept}
            connect = {connect}
            cert = {folder}/cert.pem
            key = {folder}/key.pem
            CAfile = {folder}/bundle.pem
            verifyChain = yes
            sslVersionMin = TLSv1.3

            """);
        return Command.Start("stunnel4", configuration);
    }

    private static async Task ExchangeUntilUp(IPEndPoint listen)
    {
        DateTime end = DateTime.UtcNow + AgentBed.Patience;
        while (true)
        {
            try
            {
                byte[] answer = await AgentBed.ExchangeAsync(listen, "are you there?"u8.ToArray());
                Assert.Equal("are you there?"u8.ToArray(), answer);
                return;
            }
            catch (Exception notYet) when (notYet is SocketException && DateTime.UtcNow < end)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }
}
