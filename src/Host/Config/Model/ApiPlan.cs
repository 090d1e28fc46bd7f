using System.Net;

namespace Weft.Host.Config;

/// <summary>Where the web server listens, and who may ask and change what.</summary>
public sealed record ApiPlan
{
    /// <summary>The port if the configuration has none.</summary>
    public const int DefaultPort = 9870;

    /// <summary>Address that it listens on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>TCP port, 0 for any that is free.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>Names, beside the address itself, under which it may be asked.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>File with the token that changes need; null if nothing can be changed.</summary>
    public string? TokenPath { get; init; }

    /// <summary>File with the certificate (PEM); null without TLS.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>File with its key (PEM).</summary>
    public string? KeyPath { get; init; }

    /// <summary>File with the authorities of clients' certificates (PEM); null if clients show none.</summary>
    public string? ClientAuthorityPath { get; init; }

    /// <summary>Whether another plan says the same.</summary>
    public bool IsSameAs(ApiPlan? other) => other is not null && this == other with { Hosts = Hosts } && Hosts.SequenceEqual(other.Hosts);
}
