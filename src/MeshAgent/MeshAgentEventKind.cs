namespace Weft.MeshAgent;

/// <summary>What an agent tells.</summary>
public enum MeshAgentEventKind
{
    /// <summary>Another certificate or another bundle is in use for new connections.</summary>
    CertificatesLoaded,

    /// <summary>The files changed, and cannot be used; the agent goes on with what it has.</summary>
    CertificatesRefused,

    /// <summary>Half of our certificate's life is over and nobody has renewed it.</summary>
    CertificateHalfway,

    /// <summary>Four fifths of our certificate's life are over and nobody has renewed it.</summary>
    CertificateExpiresSoon,

    /// <summary>Our certificate has expired: others refuse it.</summary>
    CertificateExpired,

    /// <summary>Others than its owner can read the file of our key.</summary>
    KeyReadableByOthers,

    /// <summary>A peer's certificate was refused.</summary>
    PeerRefused,

    /// <summary>A peer asked for a service that is not ours, or for a client that it is not.</summary>
    OpenRefused,

    /// <summary>A TLS connection to another agent could not be made.</summary>
    TunnelFailed,

    /// <summary>A peer broke the protocol of streams.</summary>
    MuxViolation,
}
