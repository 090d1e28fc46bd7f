using Weft.Packets;

namespace Weft.Sase;

/// <summary>A route of a tenant's router.</summary>
/// <param name="Prefix">Destinations.</param>
/// <param name="Kind">Where they are.</param>
/// <param name="Gateway">The gateway, for <see cref="SegmentRouteKind.Gateway"/>.</param>
public sealed record SegmentRoute(IPv4Prefix Prefix, SegmentRouteKind Kind, int Gateway = -1);
