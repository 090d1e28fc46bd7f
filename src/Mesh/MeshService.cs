using Weft.Packets;

namespace Weft.Mesh;

/// <summary>What a client application dials: a port at an address of a machine.</summary>
/// <param name="Machine">The machine where the server application runs.</param>
/// <param name="Address">The machine's address that is dialled; one of IPv4 in its mapped form.</param>
/// <param name="Port">The port, and of which protocol.</param>
public readonly record struct MeshService(MachineId Machine, IPv6Address Address, MeshPort Port)
{
    /// <summary>The address and the number of the port.</summary>
    public MeshEndpoint Endpoint => new(Address, Port.Port);

    /// <summary><c>tcp 192.0.2.1:443</c>.</summary>
    public override string ToString() => $"{(Port.Protocol == IpProtocol.Udp ? "udp" : "tcp")} {Endpoint}";
}
