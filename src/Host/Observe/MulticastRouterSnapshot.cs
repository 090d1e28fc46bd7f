using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>A place behind which a multicast router is.</summary>
/// <param name="Port">Local port; null for a tunnel peer.</param>
/// <param name="Peer">Tunnel peer; null for a local port.</param>
/// <param name="RemainingSeconds">Time until it is forgotten unless it is heard again; 0 if it is configured and was not heard.</param>
public sealed record MulticastRouterSnapshot(string? Port, TunnelAddress? Peer, double RemainingSeconds);
