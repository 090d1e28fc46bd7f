namespace Weft.Multicast;

/// <summary>Where one replica goes.</summary>
/// <param name="Port">The port.</param>
/// <param name="Segment">Segment that the replica is sent in: the tunnel's network, if the port is a tunnel endpoint.</param>
/// <param name="ReplicateLocally">True if the remote tunnel endpoint is to replicate it to the others of its subnet: two-tier and hybrid replication.</param>
/// <param name="Form">
/// What was changed: replicas of one frame with the same form have the same bytes, and those with <see cref="Unchanged"/> have the original's. It is
/// computed for sinks that share (<see cref="IReplicaSink.Shares"/>), otherwise 0.
/// </param>
public readonly record struct ReplicaTarget(int Port, int Segment, bool ReplicateLocally, ulong Form = 0)
{
    /// <summary>Form of a replica that is the original byte for byte.</summary>
    public const ulong Unchanged = 0;

    /// <summary>Form of a replica with outer headers, which differ from endpoint to endpoint.</summary>
    public const ulong Encapsulated = ulong.MaxValue;
}
