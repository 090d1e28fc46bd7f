using Weft.Packets;

namespace Weft.Mesh;

/// <summary>A connection that is translated, for people to look at.</summary>
/// <param name="Kind">Which role this machine has.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="Client">The client application's address and port.</param>
/// <param name="Service">The service's.</param>
/// <param name="AgentClient">What stands for the client where the agent is.</param>
/// <param name="AgentService">What stands for the service there.</param>
/// <param name="Stage">How far it has come.</param>
/// <param name="IdleSeconds">Whole seconds since its last packet.</param>
/// <param name="Generation">The low 16 bits of the <see cref="MeshPlan.Generation"/> that it was made under.</param>
public readonly record struct MeshFlow(
    MeshFlowKind Kind, IpProtocol Protocol, MeshEndpoint Client, MeshEndpoint Service, MeshEndpoint AgentClient, MeshEndpoint AgentService,
    MeshFlowStage Stage, uint IdleSeconds, ushort Generation);
