using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;

namespace Weft.Cluster.Etcd;

/// <summary>gRPC calls to one member at a time, over the platform's HTTP/2; over TLS, or in clear text with prior knowledge.</summary>
internal sealed class GrpcChannel : IDisposable
{
    public const string ContentType = "application/grpc";

    private readonly HttpClient _http;

    public GrpcChannel(EtcdOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = options.AttemptTimeout,
            KeepAlivePingDelay = options.PingInterval,
            KeepAlivePingTimeout = options.PingInterval,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            UseProxy = false,
            SslOptions = TlsOptions(options),
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends one message and reads the one that answers it.</summary>
    public async Task<T> CallAsync<T>(Uri member, string method, IMessage request, MessageParser<T> parser, CancellationToken cancellation) where T : class, IMessage<T>
    {
        var content = new ByteArrayContent(GrpcFrame.Write(request));
        content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        using HttpRequestMessage message = Request(member, method, content);
        using HttpResponseMessage response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        CheckHead(response);
        Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            T? answer = await GrpcFrame.ReadAsync(body, parser, cancellation).ConfigureAwait(false);
            if (answer is not null)
            {
                // The status stands behind the body, which must be read to its end to get there.
                await body.CopyToAsync(Stream.Null, cancellation).ConfigureAwait(false);
            }

            CheckStatus(response.TrailingHeaders);
            return answer ?? throw new InvalidDataException("the member answered with success and without a message");
        }
    }

    /// <summary>Opens a stream of messages that answer one request.</summary>
    public async Task<GrpcStream<T>> OpenAsync<T>(Uri member, string method, IMessage request, MessageParser<T> parser, CancellationToken cancellation) where T : class, IMessage<T>
    {
        HttpRequestMessage message = Request(member, method, new OpenRequestContent(GrpcFrame.Write(request)));
        // A member that is cut off from the others must end the stream instead of being silent on it.
        message.Headers.Add("hasleader", "true");
        try
        {
            HttpResponseMessage response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            CheckHead(response);
            return new GrpcStream<T>(message, response, await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false), parser);
        }
        catch
        {
            message.Dispose();
            throw;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Throws unless a status of zero is among the headers.</summary>
    internal static void CheckStatus(HttpResponseHeaders headers)
    {
        int status = headers.TryGetValues("grpc-status", out IEnumerable<string>? values) && int.TryParse(values.First(), out int number) ? number : 2;
        if (status != 0)
        {
            string text = headers.TryGetValues("grpc-message", out IEnumerable<string>? texts) ? Uri.UnescapeDataString(texts.First()) : "no status";
            throw new GrpcStatusException(status, text);
        }
    }

    private static HttpRequestMessage Request(Uri member, string method, HttpContent content)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(member, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return message;
    }

    private static void CheckHead(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType != ContentType)
        {
            throw new InvalidDataException($"{response.RequestMessage?.RequestUri} is no gRPC server: it answered with HTTP status {(int)response.StatusCode}");
        }

        // A call that fails at once has its status here, and no body.
        if (response.Headers.Contains("grpc-status"))
        {
            CheckStatus(response.Headers);
        }
    }

    private static SslClientAuthenticationOptions TlsOptions(EtcdOptions options)
    {
        var tls = new SslClientAuthenticationOptions();
        if (options.ClientCertificate is not null)
        {
            tls.ClientCertificates = [options.ClientCertificate];
        }

        if (options.TrustedRoots is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(options.TrustedRoots);
        }

        return tls;
    }
}
