using System.Buffers.Binary;

namespace Weft.Ids;

/// <summary>Takes fields out of the heads of messages, for events.</summary>
internal static class AppFields
{
    // Heads are taken apart a few times an alert; each thread has one place for it.
    [ThreadStatic]
    private static HttpHead? _head;

    public static int Write(AppField field, AppProtocol app, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response, Span<byte> text)
    {
        if (field <= AppField.HttpContentDisposition)
        {
            return app == AppProtocol.Http ? WriteHttp(field, field >= AppField.HttpStatus ? response : request, text) : -1;
        }

        if (field == AppField.DnsName)
        {
            ReadOnlySpan<byte> message = request.IsEmpty ? response : request;
            return app == AppProtocol.Dns && DnsMessage.TryQuestion(message, 0, out int at, out _) ? DnsMessage.WriteName(message, at, text) : -1;
        }

        return app switch
        {
            AppProtocol.Tls => WriteTls(field, request, response, text),
            AppProtocol.Ssh when field is AppField.SshClient or AppField.SshServer => Copy(SshBanner.Software(field == AppField.SshClient ? request : response), text),
            _ => -1,
        };
    }

    private static int WriteHttp(AppField field, ReadOnlySpan<byte> bytes, Span<byte> text)
    {
        if (bytes.IsEmpty)
        {
            return -1;
        }

        if (_head is null)
        {
            _head = new HttpHead();
            _head.Reserve(ushort.MaxValue + 1);
        }

        HttpHead head = _head;
        head.Parse(bytes, field < AppField.HttpStatus);
        if (field == AppField.HttpContentDisposition)
        {
            return head.Find("content-disposition"u8) is int found and >= 0 ? Copy(head.ValueOf(found), text) : -1;
        }

        BufferKind kind = field switch
        {
            AppField.HttpMethod => BufferKind.HttpMethod,
            AppField.HttpUrl => BufferKind.HttpRawUri,
            AppField.HttpHost => BufferKind.HttpHost,
            AppField.HttpUserAgent => BufferKind.HttpUserAgent,
            AppField.HttpReferer => BufferKind.HttpReferer,
            AppField.HttpProtocol => BufferKind.HttpProtocol,
            AppField.HttpStatus => BufferKind.HttpStatCode,
            AppField.HttpLocation => BufferKind.HttpLocation,
            _ => BufferKind.HttpContentType,
        };
        return HttpBuffers.Write(kind, head, 0, text);
    }

    private static int WriteTls(AppField field, ReadOnlySpan<byte> client, ReadOnlySpan<byte> server, Span<byte> text)
    {
        switch (field)
        {
            case AppField.TlsServerName:
                return TlsHello.TryFind(client, TlsHello.ClientHello, out ReadOnlySpan<byte> hello) ? Copy(TlsHello.ServerName(hello), text) : -1;
            case AppField.TlsVersion:
                bool isAnswered = TlsHello.TryFind(server, TlsHello.ServerHello, out ReadOnlySpan<byte> found);
                if ((!isAnswered && !TlsHello.TryFind(client, TlsHello.ClientHello, out found)) || text.Length < 2)
                {
                    return -1;
                }

                BinaryPrimitives.WriteUInt16BigEndian(text, TlsHello.Version(found, isClient: !isAnswered));
                return 2;
            case AppField.TlsSubject or AppField.TlsIssuer:
                return TlsHello.TryFind(server, TlsHello.Certificate, out ReadOnlySpan<byte> chain) && TlsHello.TryCertificate(chain, 0, out ReadOnlySpan<byte> certificate)
                    ? Certificate.WriteName(certificate, field == AppField.TlsSubject, text) : -1;
            default:
                return -1;
        }
    }

    private static int Copy(ReadOnlySpan<byte> bytes, Span<byte> text)
    {
        int length = Math.Min(bytes.Length, text.Length);
        bytes[..length].CopyTo(text);
        return bytes.IsEmpty ? -1 : length;
    }
}
