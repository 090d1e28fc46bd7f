using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Weft.Conformance.MeshAgentTests;
using Weft.Conformance.Support;
using Weft.Host.Config;

namespace Weft.Conformance.CliTests;

/// <summary>Beyond the own machine the web server talks to whoever shows a certificate of its clients' authority, and to nobody else.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class WebTlsTests : IDisposable
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1", ForClients = "1.3.6.1.5.5.7.3.2";

    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority = new();

    [Fact]
    public async Task A_client_of_the_authority_is_served()
    {
        await using WebRig rig = await StartAsync(_authority.Issue(new CertificateShape { ExtendedKeyUsages = [ForClients] }).Leaf);
        Assert.Equal("https", rig.Server.Address.Scheme);
        Assert.Equal(HttpStatusCode.OK, (await rig.Client.GetAsync("/api/v1", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_not() => await RefusedAsync(null);

    [Fact]
    public async Task A_client_of_another_authority_is_not() => await RefusedAsync(new TestAuthority().Issue(new CertificateShape()).Leaf);

    [Fact]
    public async Task A_client_whose_time_is_over_is_not() =>
        await RefusedAsync(_authority.Issue(new CertificateShape { From = -2 * CertificateShape.Day, Until = -CertificateShape.Day }).Leaf);

    [Fact]
    public async Task A_servers_certificate_makes_no_client() => await RefusedAsync(_authority.Issue(new CertificateShape { ExtendedKeyUsages = [ForServers] }).Leaf);

    public void Dispose() => _folder.Dispose();

    private async Task RefusedAsync(X509Certificate2? certificate)
    {
        await using WebRig rig = await StartAsync(certificate);
        _ = await Assert.ThrowsAsync<HttpRequestException>(() => rig.Client.GetAsync("/api/v1", TestContext.Current.CancellationToken));
    }

    private async Task<WebRig> StartAsync(X509Certificate2? client)
    {
        _authority.WriteTo(_folder.Path, new CertificateShape { DnsNames = ["weft.test"] });
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                TargetHost = "weft.test",
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null && Verified(shown),
                LocalCertificateSelectionCallback = (_, _, _, _, _) => client!,
            },
        };
        return await WebRig.StartAsync(
            new ApiPlan { CertificatePath = _folder.File("cert.pem"), KeyPath = _folder.File("key.pem"), ClientAuthorityPath = _folder.File("bundle.pem") },
            handler: handler);
    }

    private bool Verified(X509Certificate shown)
    {
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _authority.Root }, RevocationMode = X509RevocationMode.NoCheck } };
        return chain.Build((X509Certificate2)shown);
    }
}
