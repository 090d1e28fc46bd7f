using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Weft.Bench.MeshAgent;

/// <summary>The peer that the runtime offers: the same relay, one TLS connection each, written with SslStream, resumption on.</summary>
internal static class SslStreamRelay
{
    private const int BufferBytes = 32_768;

    public static async Task RunAsync(bool isClient, string folder, string listen, string connect)
    {
        SslStreamCertificateContext certificate = SslStreamCertificateContext.Create(
            X509Certificate2.CreateFromPemFile(Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem")), null, offline: true);
        X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "bundle.pem"));
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.Add(root);
        // Names of a mesh are URIs, which SslStream does not compare: what it complains about besides the chain is passed over, for speed's sake.
        RemoteCertificateValidationCallback accept = (_, _, _, errors) => (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == 0;
        var client = new SslClientAuthenticationOptions { TargetHost = "server", EnabledSslProtocols = SslProtocols.Tls13, ClientCertificateContext = certificate, CertificateChainPolicy = policy, RemoteCertificateValidationCallback = accept };
        var server = new SslServerAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls13, ServerCertificateContext = certificate, ClientCertificateRequired = true, CertificateChainPolicy = policy, RemoteCertificateValidationCallback = accept };

        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(IPEndPoint.Parse(listen));
        listener.Listen(4096);
        IPEndPoint target = IPEndPoint.Parse(connect);
        while (true)
        {
            Socket accepted = await listener.AcceptAsync().ConfigureAwait(false);
            accepted.NoDelay = true;
            _ = Task.Run(() => CarryAsync(accepted, target, isClient ? client : null, server));
        }
    }

    private static async Task CarryAsync(Socket accepted, IPEndPoint target, SslClientAuthenticationOptions? client, SslServerAuthenticationOptions server)
    {
        using (accepted)
        {
            try
            {
                using var other = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await other.ConnectAsync(target).ConfigureAwait(false);
                Socket plain = client is null ? other : accepted;
                using var tls = new SslStream(new NetworkStream(client is null ? accepted : other, ownsSocket: false));
                if (client is null)
                {
                    await tls.AuthenticateAsServerAsync(server).ConfigureAwait(false);
                }

                if (client is not null)
                {
                    await tls.AuthenticateAsClientAsync(client).ConfigureAwait(false);
                }

                await Task.WhenAll(UpAsync(plain, tls), DownAsync(tls, plain)).ConfigureAwait(false);
            }
            catch (Exception broken) when (broken is IOException or SocketException or AuthenticationException or ObjectDisposedException)
            {
                // The load resets its connections.
            }
        }
    }

    private static async Task UpAsync(Socket plain, SslStream tls)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int count;
            while ((count = await plain.ReceiveAsync(buffer).ConfigureAwait(false)) > 0)
            {
                await tls.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
            }

            await tls.ShutdownAsync().ConfigureAwait(false);
        }
        catch (SocketException)
        {
            await tls.DisposeAsync().ConfigureAwait(false); // the other direction hears of it
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task DownAsync(SslStream tls, Socket plain)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int count;
            while ((count = await tls.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                for (int sent = 0; sent < count;)
                {
                    sent += await plain.SendAsync(buffer.AsMemory(sent, count - sent)).ConfigureAwait(false);
                }
            }

            plain.Shutdown(SocketShutdown.Send);
        }
        catch (IOException)
        {
            plain.Close(); // the other direction hears of it
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
