using Weft.Sase;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>sase[].tenants[].routes</c>.</summary>
internal sealed class SaseRouteSection : Section
{
    public Setting<NetworkAddress> Prefix { get; set; }

    public Setting<SegmentRouteKind> To { get; set; }

    public Setting<TunnelAddress> Gateway { get; set; }
}
