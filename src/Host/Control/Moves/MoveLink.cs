using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weft.Host.Control;

/// <summary>
/// The connection between two hosts of a move: TLS 1.3 between certificates of the moment, after which each end proves, with the secret that
/// all hosts share, that it means this very pair of certificates. Whoever stands between has another pair and cannot prove it.
/// </summary>
internal sealed class MoveLink : IAsyncDisposable
{
    private const int HeadLength = 5;
    private const int MaxBody = 128 * 1024;
    private const byte ClientRole = 1;
    private const byte ServerRole = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SslStream _stream;
    private readonly byte[] _head = new byte[HeadLength];

    private MoveLink(SslStream stream) => _stream = stream;

    /// <summary>Connects to another host and proves who one is.</summary>
    /// <exception cref="AuthenticationException">The other end does not know the secret.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<MoveLink> ConnectAsync(string address, int port, ReadOnlyMemory<byte> key, CancellationToken cancellation)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            await client.ConnectAsync(address, port, limit.Token).ConfigureAwait(false);
            var stream = new SslStream(client.GetStream());
            using X509Certificate2 own = CreateCertificate();
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = address,
                    ClientCertificates = [own],
                    EnabledSslProtocols = SslProtocols.Tls13,
                    RemoteCertificateValidationCallback = IsPresent,
                    LocalCertificateSelectionCallback = (_, _, _, _, _) => own,
                },
                limit.Token).ConfigureAwait(false);
            return await ProveAsync(stream, key, own, isClient: true, limit.Token).ConfigureAwait(false);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Takes a connection and has the other end prove who it is.</summary>
    /// <exception cref="AuthenticationException">The other end does not know the secret.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<MoveLink> AcceptAsync(TcpClient client, ReadOnlyMemory<byte> key, CancellationToken cancellation)
    {
        try
        {
            client.NoDelay = true;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            var stream = new SslStream(client.GetStream());
            using X509Certificate2 own = CreateCertificate();
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = own,
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    RemoteCertificateValidationCallback = IsPresent,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                },
                limit.Token).ConfigureAwait(false);
            return await ProveAsync(stream, key, own, isClient: false, limit.Token).ConfigureAwait(false);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Sends frames.</summary>
    public async Task SendAsync(IEnumerable<MoveFrame> frames, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        byte[] head = new byte[HeadLength];
        foreach (MoveFrame frame in frames)
        {
            BinaryPrimitives.WriteInt32LittleEndian(head, frame.Body.Length);
            head[4] = (byte)frame.Kind;
            all.Write(head);
            all.Write(frame.Body);
        }

        await _stream.WriteAsync(all.GetBuffer().AsMemory(0, (int)all.Length), cancellation).ConfigureAwait(false);
        await _stream.FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The next frame; null if the other end has closed.</summary>
    /// <exception cref="IOException">The connection broke, or what came is no frame.</exception>
    public async Task<MoveFrame?> ReceiveAsync(CancellationToken cancellation)
    {
        int read = await _stream.ReadAtLeastAsync(_head, HeadLength, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        if (read < HeadLength)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(_head);
        if (length is < 0 or > MaxBody || _head[4] > (byte)MoveFrameKind.Packet)
        {
            throw new IOException($"A frame of kind {_head[4]} with {length} bytes is impossible.");
        }

        byte[] body = new byte[length];
        await _stream.ReadExactlyAsync(body, cancellation).ConfigureAwait(false);
        return new MoveFrame((MoveFrameKind)_head[4], body);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>Any certificate will do, as long as there is one: it is the proof behind it that counts.</summary>
    private static bool IsPresent(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => certificate is not null;

    private static async Task<MoveLink> ProveAsync(SslStream stream, ReadOnlyMemory<byte> key, X509Certificate2 own, bool isClient, CancellationToken cancellation)
    {
        byte[] other = SHA256.HashData(stream.RemoteCertificate!.GetRawCertData());
        byte[] mine = SHA256.HashData(own.RawData);
        (byte[] server, byte[] client) = isClient ? (other, mine) : (mine, other);
        await stream.WriteAsync(ProofOf(isClient ? ClientRole : ServerRole), cancellation).ConfigureAwait(false);
        byte[] proof = new byte[SHA256.HashSizeInBytes];
        await stream.ReadExactlyAsync(proof, cancellation).ConfigureAwait(false);
        if (!CryptographicOperations.FixedTimeEquals(proof, ProofOf(isClient ? ServerRole : ClientRole)))
        {
            throw new AuthenticationException("The other host does not know the secret of moves.keyFile.");
        }

        return new MoveLink(stream);

        byte[] ProofOf(byte role) => HMACSHA256.HashData(key.Span, [role, .. server, .. client]);
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=weft", pair, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }
}
