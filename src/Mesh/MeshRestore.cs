using Weft.Packets;

namespace Weft.Mesh;

/// <summary>How the agent reaches a server application of its own machine so that the application sees the true client.</summary>
/// <param name="Source">
/// The loopback address to bind to, with the client's port where it is free. The translator turns it into <paramref name="Client"/>.
/// </param>
/// <param name="Destination">Where to connect. The translator turns it into the service's address.</param>
/// <param name="Client">The client's address that the application will see.</param>
/// <param name="Service">The service.</param>
public readonly record struct MeshRestore(IPv6Address Source, MeshEndpoint Destination, IPv6Address Client, MeshService Service);
