namespace Weft.Ids;

/// <summary>Bytes that a rule's strings are looked for in.</summary>
internal enum BufferKind : byte
{
    /// <summary>The packet's payload, or the stream that it belongs to.</summary>
    Payload,

    // Headers of the packet.
    IPv4Header,
    IPv6Header,
    TcpHeader,
    UdpHeader,
    IcmpHeader,

    // The head of a request.
    HttpMethod,
    HttpUri,
    HttpRawUri,
    HttpRequestLine,
    HttpUserAgent,
    HttpHost,
    HttpRawHost,
    HttpReferer,
    HttpAccept,
    HttpAcceptEncoding,
    HttpAcceptLanguage,

    // Heads of either direction.
    HttpHeader,
    HttpRawHeader,
    HttpCookie,
    HttpConnection,
    HttpContentType,
    HttpContentLength,
    HttpHeaderNames,
    HttpStart,
    HttpProtocol,
    HttpRequestHeader,
    HttpResponseHeader,
    HttpEvents,

    // The head of a response.
    HttpStatCode,
    HttpStatMessage,
    HttpResponseLine,
    HttpLocation,
    HttpServer,

    // Bodies.
    HttpRequestBody,
    HttpResponseBody,
    FileData,

    // DNS.
    DnsQuery,
    DnsOpcode,
    DnsResponseCode,
    DnsEvents,
    DnsType,

    // TLS.
    TlsServerName,
    TlsVersion,
    TlsCertSubject,
    TlsCertIssuer,
    TlsCertSerial,
    TlsCertFingerprint,
    TlsCerts,

    // SSH.
    SshProtocol,
    SshSoftware,

    Count,
}
