namespace Weft.Ids;

/// <summary>The keywords for buffers: those that precede the strings, those that follow one, and flags of <c>pcre</c>.</summary>
internal static class BufferNames
{
    // Of several names of one buffer the first is the one that is written.
    private static readonly (string Name, BufferKind Kind)[] Sticky =
    [
        ("pkt_data", BufferKind.Payload),
        ("ipv4.hdr", BufferKind.IPv4Header),
        ("ipv6.hdr", BufferKind.IPv6Header),
        ("tcp.hdr", BufferKind.TcpHeader),
        ("udp.hdr", BufferKind.UdpHeader),
        ("icmpv4.hdr", BufferKind.IcmpHeader),
        ("icmpv6.hdr", BufferKind.IcmpHeader),
        ("http.method", BufferKind.HttpMethod),
        ("http.uri", BufferKind.HttpUri),
        ("http.uri.raw", BufferKind.HttpRawUri),
        ("http.request_line", BufferKind.HttpRequestLine),
        ("http_request_line", BufferKind.HttpRequestLine),
        ("http.user_agent", BufferKind.HttpUserAgent),
        ("http.host", BufferKind.HttpHost),
        ("http.host.raw", BufferKind.HttpRawHost),
        ("http.referer", BufferKind.HttpReferer),
        ("http_referer", BufferKind.HttpReferer),
        ("http.accept", BufferKind.HttpAccept),
        ("http_accept", BufferKind.HttpAccept),
        ("http.accept_enc", BufferKind.HttpAcceptEncoding),
        ("http_accept_enc", BufferKind.HttpAcceptEncoding),
        ("http.accept_lang", BufferKind.HttpAcceptLanguage),
        ("http_accept_lang", BufferKind.HttpAcceptLanguage),
        ("http.header", BufferKind.HttpHeader),
        ("http.header.raw", BufferKind.HttpRawHeader),
        ("http.cookie", BufferKind.HttpCookie),
        ("http.connection", BufferKind.HttpConnection),
        ("http_connection", BufferKind.HttpConnection),
        ("http.content_type", BufferKind.HttpContentType),
        ("http_content_type", BufferKind.HttpContentType),
        ("http.content_len", BufferKind.HttpContentLength),
        ("http_content_len", BufferKind.HttpContentLength),
        ("http.header_names", BufferKind.HttpHeaderNames),
        ("http_header_names", BufferKind.HttpHeaderNames),
        ("http.start", BufferKind.HttpStart),
        ("http_start", BufferKind.HttpStart),
        ("http.protocol", BufferKind.HttpProtocol),
        ("http_protocol", BufferKind.HttpProtocol),
        ("http.request_header", BufferKind.HttpRequestHeader),
        ("http.response_header", BufferKind.HttpResponseHeader),
        ("http.stat_code", BufferKind.HttpStatCode),
        ("http.stat_msg", BufferKind.HttpStatMessage),
        ("http.response_line", BufferKind.HttpResponseLine),
        ("http_response_line", BufferKind.HttpResponseLine),
        ("http.location", BufferKind.HttpLocation),
        ("http.server", BufferKind.HttpServer),
        ("http.request_body", BufferKind.HttpRequestBody),
        ("http.response_body", BufferKind.HttpResponseBody),
        ("file_data", BufferKind.FileData),
        ("file.data", BufferKind.FileData),
        ("dns.query", BufferKind.DnsQuery),
        ("dns_query", BufferKind.DnsQuery),
        ("dns.queries.rrname", BufferKind.DnsQuery),
        ("tls.sni", BufferKind.TlsServerName),
        ("tls_sni", BufferKind.TlsServerName),
        ("tls.cert_subject", BufferKind.TlsCertSubject),
        ("tls_cert_subject", BufferKind.TlsCertSubject),
        ("tls.cert_issuer", BufferKind.TlsCertIssuer),
        ("tls_cert_issuer", BufferKind.TlsCertIssuer),
        ("tls.cert_serial", BufferKind.TlsCertSerial),
        ("tls_cert_serial", BufferKind.TlsCertSerial),
        ("tls.cert_fingerprint", BufferKind.TlsCertFingerprint),
        ("tls_cert_fingerprint", BufferKind.TlsCertFingerprint),
        ("tls.certs", BufferKind.TlsCerts),
        ("ssh.proto", BufferKind.SshProtocol),
        ("ssh_proto", BufferKind.SshProtocol),
        ("ssh.software", BufferKind.SshSoftware),
        ("ssh_software", BufferKind.SshSoftware),
    ];

    private static readonly Dictionary<string, BufferKind> ByName = Sticky.ToDictionary(one => one.Name, one => one.Kind, StringComparer.Ordinal);

    /// <summary>A keyword that precedes what is to be looked for in its buffer.</summary>
    public static bool TrySticky(string keyword, out BufferKind kind) => ByName.TryGetValue(keyword, out kind);

    /// <summary>That keyword; null for a buffer that other keywords look at.</summary>
    public static string? StickyOf(BufferKind kind) => Array.Find(Sticky, one => one.Kind == kind).Name;

    /// <summary>A keyword that follows the string which belongs to its buffer.</summary>
    public static bool TryModifier(string keyword, out BufferKind kind)
    {
        BufferKind? found = keyword switch
        {
            "http_method" => BufferKind.HttpMethod,
            "http_uri" => BufferKind.HttpUri,
            "http_raw_uri" => BufferKind.HttpRawUri,
            "http_user_agent" => BufferKind.HttpUserAgent,
            "http_host" => BufferKind.HttpHost,
            "http_raw_host" => BufferKind.HttpRawHost,
            "http_header" => BufferKind.HttpHeader,
            "http_raw_header" => BufferKind.HttpRawHeader,
            "http_cookie" or "http_raw_cookie" => BufferKind.HttpCookie,
            "http_stat_code" => BufferKind.HttpStatCode,
            "http_stat_msg" => BufferKind.HttpStatMessage,
            "http_client_body" => BufferKind.HttpRequestBody,
            "http_server_body" => BufferKind.HttpResponseBody,
            _ => null,
        };
        kind = found ?? default;
        return found is not null;
    }

    public static bool TryPcreFlag(char flag, out BufferKind kind)
    {
        BufferKind? found = flag switch
        {
            'U' => BufferKind.HttpUri,
            'I' => BufferKind.HttpRawUri,
            'P' => BufferKind.HttpRequestBody,
            'Q' => BufferKind.HttpResponseBody,
            'H' => BufferKind.HttpHeader,
            'D' => BufferKind.HttpRawHeader,
            'M' => BufferKind.HttpMethod,
            'C' => BufferKind.HttpCookie,
            'S' => BufferKind.HttpStatCode,
            'Y' => BufferKind.HttpStatMessage,
            'V' => BufferKind.HttpUserAgent,
            'W' => BufferKind.HttpHost,
            'Z' => BufferKind.HttpRawHost,
            _ => null,
        };
        kind = found ?? default;
        return found is not null;
    }
}
