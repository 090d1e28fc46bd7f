using System.Collections.Frozen;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.MeshAgent;

/// <summary>Where local applications connect, and what is meant there.</summary>
/// <param name="Local">The address and port to listen to.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="Peer">Whom to reach.</param>
/// <param name="Tunnel">Where the peer's agent accepts TLS.</param>
/// <param name="Service">The service that is meant.</param>
/// <param name="Mode">How connections travel.</param>
/// <param name="AcceptProxyHeader">Whether connections begin with a PROXY header.</param>
internal sealed record ForwardRule(MeshEndpoint Local, IpProtocol Protocol, SpiffeId Peer, MeshEndpoint Tunnel, MeshEndpoint Service, TunnelMode Mode, bool AcceptProxyHeader);

/// <summary>How to connect to a local application.</summary>
/// <param name="Destination">Where to.</param>
/// <param name="Source">The address to come from, with the port that is wished for; the default for any.</param>
/// <param name="IsTransparent">True if the source is not an address of this machine.</param>
/// <param name="SendProxyHeader">Whether the application is told who the client is.</param>
internal readonly record struct ApplicationRoute(MeshEndpoint Destination, MeshEndpoint Source, bool IsTransparent, bool SendProxyHeader);

/// <summary>
/// Who may do what, and how: the plan and the rules beside it, as one immutable picture. The identity that a peer's certificate proved
/// decides; what the peer says of addresses is only compared with what its identity allows.
/// </summary>
internal sealed class AgentPolicy
{
    private readonly MeshPlan? _plan;
    private readonly bool _transparent;
    private readonly FrozenDictionary<MeshEndpoint, MeshTarget> _targets;
    private readonly FrozenSet<SpiffeId> _clients;

    public AgentPolicy(MeshAgentOptions options, MeshPlan? plan)
    {
        _plan = plan;
        _transparent = options.TransparentSource;
        _targets = options.Targets.Where(target => target.Service != default).ToFrozenDictionary(target => target.Service);
        _clients = options.Targets.SelectMany(target => target.Clients).ToFrozenSet();
        var forwards = options.Forwards
            .Select(forward => new ForwardRule(forward.Listen, IpProtocol.Tcp, forward.Peer, forward.Tunnel, forward.Service, forward.Mode, forward.AcceptProxyHeader))
            .ToList();
        if (plan is not null)
        {
            forwards.AddRange(plan.Listeners.Select(listener => FromPlan(plan, listener, options.Mode)));
        }

        Forwards = forwards;
        Tunnels = [.. new[] { options.Tunnel, plan?.Self.Tunnel }.OfType<MeshEndpoint>().Distinct()];
        PlainTunnels = [.. options.Targets.Where(target => target.Listen is not null)];
    }

    public IReadOnlyList<ForwardRule> Forwards { get; }

    /// <summary>Where TLS is accepted of agents that say which service they mean.</summary>
    public IReadOnlyList<MeshEndpoint> Tunnels { get; }

    /// <summary>Where TLS is accepted of peers that do not.</summary>
    public IReadOnlyList<MeshTarget> PlainTunnels { get; }

    /// <summary>Whether somebody may connect at all.</summary>
    public bool MayConnect(SpiffeId id) => _clients.Contains(id) || (_plan is not null && id != _plan.Self.Identity && _plan.TryFindMachine(id, out _));

    /// <summary>The true address of a client application whose connection came with a loopback address in its place.</summary>
    public MeshEndpoint ClientOf(MeshEndpoint accepted) =>
        _plan is not null && _plan.TryFindOwnAddress(accepted.Address, out IPv6Address real) ? accepted with { Address = real } : accepted;

    /// <summary>How to connect a peer's client to a service; false if the peer may not.</summary>
    public bool TryRoute(SpiffeId peer, MeshEndpoint client, MeshEndpoint service, IpProtocol protocol, out ApplicationRoute route)
    {
        if (protocol == IpProtocol.Tcp && _targets.TryGetValue(service, out MeshTarget? target))
        {
            route = RouteOf(target);
            return target.Clients.Contains(peer);
        }

        if (_plan is not null && _plan.TryGetRestore(peer, client.Address, service, protocol, out MeshRestore restore))
        {
            route = _transparent
                ? new ApplicationRoute(restore.Service.Endpoint, client, true, false)
                : new ApplicationRoute(restore.Destination, new MeshEndpoint(restore.Source, client.Port), false, false);
            return true;
        }

        route = default;
        return false;
    }

    /// <summary>How to connect to the application of a target.</summary>
    public static ApplicationRoute RouteOf(MeshTarget target) => new(target.Application, default, false, target.SendProxyHeader);

    private static ForwardRule FromPlan(MeshPlan plan, MeshListener listener, TunnelMode mode)
    {
        _ = plan.TryFindMachine(listener.Service.Machine, out MeshMachine? machine);
        // Datagrams have no connection of their own to carry them.
        TunnelMode effective = listener.Service.Port.Protocol == IpProtocol.Udp ? TunnelMode.Multiplexed : mode;
        return new ForwardRule(listener.Local, listener.Service.Port.Protocol, machine!.Identity, machine.Tunnel, listener.Service.Endpoint, effective, false);
    }
}
