namespace Weft.Host.Config;

/// <summary>A static route.</summary>
/// <param name="Prefix">Where it leads; its address has no bits behind the prefix.</param>
/// <param name="Action">What becomes of packets.</param>
/// <param name="Via">The next hop, in the network of one of the router's interfaces; null unless packets are forwarded.</param>
public sealed record RoutePlan(NetworkAddress Prefix, RouteAction Action, TunnelAddress? Via);
