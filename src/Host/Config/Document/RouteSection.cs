namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>routers[].routes</c>.</summary>
internal sealed class RouteSection : Section
{
    public Setting<NetworkAddress> Prefix { get; set; }

    public Setting<TunnelAddress> Via { get; set; }

    public Setting<RouteAction> Action { get; set; }
}
