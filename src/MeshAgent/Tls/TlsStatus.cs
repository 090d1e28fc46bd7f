namespace Weft.MeshAgent.Tls;

/// <summary>What became of a call on a TLS connection that moved no bytes.</summary>
internal enum TlsStatus
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>It goes on when the socket is ready.</summary>
    Wait,

    /// <summary>The other side said in good order that it sends no more (close_notify).</summary>
    Closed,

    /// <summary>The transport ended without close_notify: what came may be a part only (RFC 8446 section 6.1).</summary>
    Truncated,

    /// <summary>The connection is broken: an alert, a reset, bytes that are no TLS, or a certificate that was refused.</summary>
    Failed,
}
