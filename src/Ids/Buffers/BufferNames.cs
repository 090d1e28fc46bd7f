namespace Weft.Ids;

/// <summary>The keywords for buffers: those that precede the strings, those that follow one, and flags of <c>pcre</c>.</summary>
internal static class BufferNames
{
    /// <summary>A keyword that precedes what is to be looked for in its buffer.</summary>
    public static bool TrySticky(string keyword, out BufferKind kind)
    {
        BufferKind? found = keyword switch
        {
            "pkt_data" => BufferKind.Payload,
            "ipv4.hdr" => BufferKind.IPv4Header,
            "ipv6.hdr" => BufferKind.IPv6Header,
            "tcp.hdr" => BufferKind.TcpHeader,
            "udp.hdr" => BufferKind.UdpHeader,
            "icmpv4.hdr" or "icmpv6.hdr" => BufferKind.IcmpHeader,
            "http.method" => BufferKind.HttpMethod,
            "http.uri" => BufferKind.HttpUri,
            "http.uri.raw" => BufferKind.HttpRawUri,
            "http.request_line" or "http_request_line" => BufferKind.HttpRequestLine,
            "http.user_agent" => BufferKind.HttpUserAgent,
            "http.host" => BufferKind.HttpHost,
            "http.host.raw" => BufferKind.HttpRawHost,
            "http.referer" or "http_referer" => BufferKind.HttpReferer,
            "http.accept" or "http_accept" => BufferKind.HttpAccept,
            "http.accept_enc" or "http_accept_enc" => BufferKind.HttpAcceptEncoding,
            "http.accept_lang" or "http_accept_lang" => BufferKind.HttpAcceptLanguage,
            "http.header" => BufferKind.HttpHeader,
            "http.header.raw" => BufferKind.HttpRawHeader,
            "http.cookie" => BufferKind.HttpCookie,
            "http.connection" or "http_connection" => BufferKind.HttpConnection,
            "http.content_type" or "http_content_type" => BufferKind.HttpContentType,
            "http.content_len" or "http_content_len" => BufferKind.HttpContentLength,
            "http.header_names" or "http_header_names" => BufferKind.HttpHeaderNames,
            "http.start" or "http_start" => BufferKind.HttpStart,
            "http.protocol" or "http_protocol" => BufferKind.HttpProtocol,
            "http.request_header" => BufferKind.HttpRequestHeader,
            "http.response_header" => BufferKind.HttpResponseHeader,
            "http.stat_code" => BufferKind.HttpStatCode,
            "http.stat_msg" => BufferKind.HttpStatMessage,
            "http.response_line" or "http_response_line" => BufferKind.HttpResponseLine,
            "http.location" => BufferKind.HttpLocation,
            "http.server" => BufferKind.HttpServer,
            "http.request_body" => BufferKind.HttpRequestBody,
            "http.response_body" => BufferKind.HttpResponseBody,
            "file_data" or "file.data" => BufferKind.FileData,
            "dns.query" or "dns_query" or "dns.queries.rrname" => BufferKind.DnsQuery,
            "tls.sni" or "tls_sni" => BufferKind.TlsServerName,
            "tls.cert_subject" or "tls_cert_subject" => BufferKind.TlsCertSubject,
            "tls.cert_issuer" or "tls_cert_issuer" => BufferKind.TlsCertIssuer,
            "tls.cert_serial" or "tls_cert_serial" => BufferKind.TlsCertSerial,
            "tls.cert_fingerprint" or "tls_cert_fingerprint" => BufferKind.TlsCertFingerprint,
            "tls.certs" => BufferKind.TlsCerts,
            "ssh.proto" or "ssh_proto" => BufferKind.SshProtocol,
            "ssh.software" or "ssh_software" => BufferKind.SshSoftware,
            _ => null,
        };
        kind = found ?? default;
        return found is not null;
    }

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
            "http_cookie" => BufferKind.HttpCookie,
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
