namespace Weft.Mesh;

/// <summary>
/// Where the agent listens for a service of another machine. What it accepts there is meant for the service, and the peer's address
/// is the loopback address of the client application's (<see cref="MeshPlan.TryFindOwnAddress"/>) with its true port.
/// </summary>
/// <param name="Local">The address and port to bind.</param>
/// <param name="Service">The service that is meant; its protocol is also the listener's.</param>
public readonly record struct MeshListener(MeshEndpoint Local, MeshService Service);
