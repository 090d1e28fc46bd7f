using Weft.Packets;
using Weft.Sase;

namespace Weft.Conformance.SaseTests;

/// <summary>Tenants that all use the same addresses.</summary>
internal static class Tenants
{
    public static readonly IPv4Address Site = IPv4Address.Parse("10.0.0.5");
    public static readonly IPv4Address OtherSite = IPv4Address.Parse("10.1.0.5");
    public static readonly IPv4Address Router = IPv4Address.Parse("10.0.0.1");

    public static IPv4Address PublicOf(uint vni) => new(0xCB00_7100u + (vni & 0xFF));

    /// <summary>A tenant whose sites are behind gateway 0, but for 10.1/16 behind gateway 1, and who may speak to everybody.</summary>
    public static SegmentOptions Make(uint vni, int bundle = 0) => new()
    {
        Vni = vni,
        Bundle = bundle,
        RouterAddress = Router,
        Routes =
        [
            new SegmentRoute(IPv4Prefix.Parse("0.0.0.0/0"), SegmentRouteKind.Uplink),
            new SegmentRoute(IPv4Prefix.Parse("10.0.0.0/16"), SegmentRouteKind.Gateway, 0),
            new SegmentRoute(IPv4Prefix.Parse("10.1.0.0/16"), SegmentRouteKind.Gateway, 1),
            new SegmentRoute(IPv4Prefix.Parse("10.2.0.0/16"), SegmentRouteKind.Return),
            new SegmentRoute(IPv4Prefix.Parse("10.3.0.0/16"), SegmentRouteKind.Discard),
        ],
        Policy = SegmentPolicy.AllowSites,
        PublicAddresses = [PublicOf(vni)],
        FlowQuota = 1024,
    };
}
