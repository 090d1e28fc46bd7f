namespace Weft.Ids;

/// <summary>Fields of applications' messages that an event tells.</summary>
public enum AppField : byte
{
    /// <summary>Method of an HTTP request.</summary>
    HttpMethod,

    /// <summary>Target of an HTTP request as it came.</summary>
    HttpUrl,

    /// <summary>Host that an HTTP request is for, in lower case, without port.</summary>
    HttpHost,

    /// <summary>User agent of an HTTP request.</summary>
    HttpUserAgent,

    /// <summary>Referer of an HTTP request.</summary>
    HttpReferer,

    /// <summary>Protocol and version of an HTTP request.</summary>
    HttpProtocol,

    /// <summary>Status of an HTTP response, three digits.</summary>
    HttpStatus,

    /// <summary>Content type of an HTTP response.</summary>
    HttpContentType,

    /// <summary>Where an HTTP response sends the client.</summary>
    HttpLocation,

    /// <summary>What an HTTP response says about keeping its body as a file (RFC 6266).</summary>
    HttpContentDisposition,

    /// <summary>Name that the first question of a DNS message asks for.</summary>
    DnsName,

    /// <summary>Name of the server that a TLS client asks for.</summary>
    TlsServerName,

    /// <summary>Version of TLS that the server chose, or else that the client offers, two bytes in network order.</summary>
    TlsVersion,

    /// <summary>Subject of the server's TLS certificate.</summary>
    TlsSubject,

    /// <summary>Issuer of the server's TLS certificate.</summary>
    TlsIssuer,

    /// <summary>Software that an SSH client names.</summary>
    SshClient,

    /// <summary>Software that an SSH server names.</summary>
    SshServer,
}
