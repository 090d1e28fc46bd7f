namespace Weft.Host.Config;

/// <summary>What hosts share, and where they keep it.</summary>
public sealed record ClusterPlan
{
    /// <summary>This host's name among the others.</summary>
    public required string Host { get; init; }

    /// <summary>File of a store of this host alone; null if the store is etcd.</summary>
    public string? File { get; init; }

    /// <summary>Members of etcd; empty if the store is a file.</summary>
    public IReadOnlyList<Uri> Endpoints { get; init; } = [];

    /// <summary>File with the certificates that may have signed etcd's, in PEM; null for those of the system.</summary>
    public string? AuthorityPath { get; init; }

    /// <summary>File with this host's certificate, in PEM; null for none.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>File with its key, in PEM.</summary>
    public string? KeyPath { get; init; }

    /// <summary>Time after which others count this host as gone.</summary>
    public required TimeSpan Lease { get; init; }
}
