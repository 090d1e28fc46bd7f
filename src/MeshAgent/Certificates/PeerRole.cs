namespace Weft.MeshAgent.Certificates;

/// <summary>The side of a connection that a judged certificate belongs to.</summary>
internal enum PeerRole : byte
{
    Client,
    Server,
}
