namespace Weft.Host.Config;

/// <summary>What the agent of a mesh proves its identity with, and how its connections travel.</summary>
public sealed record MeshTlsPlan
{
    /// <summary>File of the certificate and what stands between it and a root (PEM).</summary>
    public required string CertificatePath { get; init; }

    /// <summary>File of its private key (PEM).</summary>
    public required string KeyPath { get; init; }

    /// <summary>File of the roots of the mesh's trust domain (PEM).</summary>
    public required string BundlePath { get; init; }

    /// <summary>How connections travel.</summary>
    public MeshTunnelMode Mode { get; init; }
}
