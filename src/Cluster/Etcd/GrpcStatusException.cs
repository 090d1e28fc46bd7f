namespace Weft.Cluster.Etcd;

/// <summary>A member answered with a gRPC status other than zero.</summary>
internal sealed class GrpcStatusException(int status, string message) : Exception($"gRPC status {status}: {message}")
{
    /// <summary>Deadline exceeded, resource exhausted, aborted, internal, unavailable, data loss: what another member or a later time may answer better.</summary>
    public bool IsPassing => Status is 4 or 8 or 10 or 13 or 14 or 15;

    /// <summary>True if the member says that it did not even begin: it has no leader.</summary>
    public bool IsWithoutLeader => Status == 14 && Message.Contains("no leader", StringComparison.Ordinal);

    public int Status { get; } = status;
}
