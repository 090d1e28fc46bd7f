namespace Weft.Multicast;

/// <summary>Where one replica goes.</summary>
/// <param name="Port">The port.</param>
/// <param name="Segment">Segment that the replica is sent in: the tunnel's network, if the port is a tunnel endpoint.</param>
/// <param name="ReplicateLocally">True if the remote tunnel endpoint is to replicate it to the others of its subnet: two-tier and hybrid replication.</param>
public readonly record struct ReplicaTarget(int Port, int Segment, bool ReplicateLocally);
