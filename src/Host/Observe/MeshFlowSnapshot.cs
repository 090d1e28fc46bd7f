using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>A connection of a mesh that the switch translates.</summary>
/// <param name="Kind"><c>redirect</c>: a local client's; <c>restore</c>: to a local server.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Client">The client application's address and port.</param>
/// <param name="Service">The service's.</param>
/// <param name="AgentClient">What stands for the client where the agent is.</param>
/// <param name="AgentService">What stands for the service there.</param>
/// <param name="State"><c>datagrams</c>, <c>opening</c>, <c>established</c>, <c>opener-closed</c>, <c>answerer-closed</c>, <c>closed</c> or <c>reset</c>.</param>
/// <param name="IdleSeconds">Whole seconds since its last packet.</param>
/// <param name="Port">The port of the local application.</param>
/// <param name="ApplicationMac">Its MAC address.</param>
/// <param name="GatewayMac">The MAC address that it believes to speak to.</param>
public sealed record MeshFlowSnapshot(
    string Kind, string Protocol, string Client, string Service, string AgentClient, string AgentService, string State, uint IdleSeconds,
    string Port, MacAddress ApplicationMac, MacAddress GatewayMac);
