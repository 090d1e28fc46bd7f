using Weft.Mesh;

namespace Weft.MeshAgent;

/// <summary>A local service that other machines reach through this agent, without a <see cref="MeshPlan"/>.</summary>
public sealed record MeshTarget
{
    /// <summary>The service, as clients know it. With <see cref="Listen"/> it may be left out.</summary>
    public MeshEndpoint Service { get; init; }

    /// <summary>Where the application listens.</summary>
    public required MeshEndpoint Application { get; init; }

    /// <summary>Whose agents may connect. At least one.</summary>
    public required IReadOnlyCollection<SpiffeId> Clients { get; init; }

    /// <summary>
    /// An address and port of its own to accept TLS at, for peers that do not say which service they mean, such as stunnel
    /// (<see cref="TunnelMode.Plain"/>). Default none.
    /// </summary>
    public MeshEndpoint? Listen { get; init; }

    /// <summary>
    /// True to tell the application by a PROXY header, version 2, who the client is, as the client's agent says: its certificate vouches for the
    /// agent, and the agent for the address. With <see cref="Listen"/> nobody says, and the header has no addresses. Default false.
    /// </summary>
    public bool SendProxyHeader { get; init; }
}
