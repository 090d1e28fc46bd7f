using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>A TLS peer that is not ours (SslStream), which shows what certificate it likes and believes everything.</summary>
internal static class TlsPeerProgram
{
    public static async Task<SslStream> ConnectAsync(EndPoint to, string? folder, string? protocol = null, SslProtocols version = SslProtocols.Tls13)
    {
        var socket = await AgentBed.ConnectAsync(to);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "agent",
            EnabledSslProtocols = version,
            // What the agent shows is judged by tests of its own; here it is the one that judges.
            RemoteCertificateValidationCallback = TakeAny,
            AllowTlsResume = false,
        };
        if (folder is not null)
        {
            options.ClientCertificateContext = Load(folder);
        }

        if (protocol is not null)
        {
            options.ApplicationProtocols = [new SslApplicationProtocol(protocol)];
        }

        await tls.AuthenticateAsClientAsync(options).WaitAsync(AgentBed.Patience);
        return tls;
    }

    public static async Task<SslStream> AcceptAsync(Socket socket, string folder, string? protocol = null)
    {
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: false));
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Load(folder),
            EnabledSslProtocols = SslProtocols.Tls13,
            ClientCertificateRequired = true,
            // What the agent shows is judged by tests of its own; here it is the one that judges.
            RemoteCertificateValidationCallback = TakeAny,
            AllowTlsResume = false,
        };
        if (protocol is not null)
        {
            options.ApplicationProtocols = [new SslApplicationProtocol(protocol)];
        }

        await tls.AuthenticateAsServerAsync(options).WaitAsync(AgentBed.Patience);
        return tls;
    }

    private static SslStreamCertificateContext Load(string folder)
    {
        string certificate = Path.Combine(folder, "cert.pem");
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(certificate);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificate, Path.Combine(folder, "key.pem")), [.. all.Skip(1)], offline: true);
    }

    private static bool TakeAny(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => errors is not SslPolicyErrors.RemoteCertificateNotAvailable;
}
