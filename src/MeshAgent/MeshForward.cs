using Weft.Mesh;

namespace Weft.MeshAgent;

/// <summary>
/// A place where local applications connect to a service of another machine, without a <see cref="MeshPlan"/>: what comes to
/// <see cref="Listen"/> goes over TLS to the agent at <see cref="Tunnel"/>.
/// </summary>
public sealed record MeshForward
{
    /// <summary>The address and TCP port to listen to.</summary>
    public required MeshEndpoint Listen { get; init; }

    /// <summary>Where the other side accepts TLS.</summary>
    public required MeshEndpoint Tunnel { get; init; }

    /// <summary>Whom the other side's certificate must name.</summary>
    public required SpiffeId Peer { get; init; }

    /// <summary>The service, as the other side knows it; not sent with <see cref="TunnelMode.Plain"/>.</summary>
    public MeshEndpoint Service { get; init; }

    /// <summary>How connections travel. Default <see cref="TunnelMode.Multiplexed"/>.</summary>
    public TunnelMode Mode { get; init; }

    /// <summary>
    /// True if connections begin with a PROXY header, version 2, of a proxy that stands before the agent; the client that it names is told
    /// to the other side. Default false.
    /// </summary>
    public bool AcceptProxyHeader { get; init; }
}
