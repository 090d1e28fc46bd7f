namespace Weft.Ids;

/// <summary>How far a message must have come for a buffer to be there.</summary>
internal enum BufferStage : byte
{
    /// <summary>With each packet.</summary>
    Packet,

    /// <summary>With the head of a message, or a message that comes whole.</summary>
    Head,

    /// <summary>With the body behind it.</summary>
    Body,
}

/// <summary>What is true of a kind of buffer whatever the message.</summary>
internal static class BufferTraits
{
    public static AppProtocol AppOf(BufferKind kind) => kind switch
    {
        <= BufferKind.IcmpHeader => AppProtocol.Unknown,
        <= BufferKind.FileData => AppProtocol.Http,
        <= BufferKind.DnsType => AppProtocol.Dns,
        <= BufferKind.TlsCerts => AppProtocol.Tls,
        _ => AppProtocol.Ssh,
    };

    public static BufferStage StageOf(BufferKind kind) => kind switch
    {
        <= BufferKind.IcmpHeader => BufferStage.Packet,
        BufferKind.HttpRequestBody or BufferKind.HttpResponseBody or BufferKind.FileData => BufferStage.Body,
        _ => BufferStage.Head,
    };

    public static bool IsToServer(BufferKind kind) => kind is < BufferKind.HttpStatCode and not BufferKind.HttpResponseHeader
        or BufferKind.HttpRequestBody or BufferKind.FileData or (>= BufferKind.DnsQuery and <= BufferKind.TlsVersion) or >= BufferKind.SshProtocol;

    public static bool IsToClient(BufferKind kind) => kind is <= BufferKind.IcmpHeader
        or (>= BufferKind.HttpHeader and <= BufferKind.HttpServer and not BufferKind.HttpRequestHeader)
        or BufferKind.HttpResponseBody or BufferKind.FileData or (>= BufferKind.DnsOpcode and <= BufferKind.DnsType)
        or (>= BufferKind.TlsVersion and < BufferKind.Count);

    /// <summary>True if a message may have several: each is looked at by itself, and one that matches is enough.</summary>
    public static bool IsMultiple(BufferKind kind) =>
        kind is BufferKind.DnsQuery or BufferKind.DnsType or BufferKind.HttpRequestHeader or BufferKind.HttpResponseHeader or BufferKind.TlsCerts;
}
