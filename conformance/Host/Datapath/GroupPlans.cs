using Weft.Host.Config;
using Weft.Multicast;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>The switch of <see cref="TestPlans"/> with snooping in both segments, and routes from blue to green.</summary>
internal static class GroupPlans
{
    public const string Group = "239.1.1.1";
    public const string Routed = "239.2.2.2";
    public static readonly MacAddress RouterMac = MacAddress.Parse("02:00:00:00:00:aa");
    public static readonly IPv4Address QuerierAddress = IPv4Address.Parse("10.0.0.250");

    /// <summary>Nobody queries, and what nobody joined goes to routers and tunnel peers only.</summary>
    public static SwitchPlan Snooping() => Resolved()
        .With(0, blue => blue with { Multicast = Only(new SegmentMulticastPlan { RouterMac = RouterMac }) })
        .With(1, green => green with { Multicast = Only(new SegmentMulticastPlan { RouterMac = RouterMac }) }) with
    {
        Multicast = new MulticastPlan { Routes = [new MulticastRoutePlan { Group = Address(Routed), From = 0, To = [1], TtlThreshold = 8 }] },
    };

    /// <summary>As <see cref="Snooping"/>; groups go to those peers only that joined them.</summary>
    public static SwitchPlan Selective() => Snooping().With(0, blue => blue with { Multicast = blue.Multicast with { OnlyJoinedPeers = true } });

    /// <summary>As <see cref="Selective"/>; the switch queries in blue.</summary>
    public static SwitchPlan Querying() => Selective().With(0, blue => blue with
    {
        Multicast = blue.Multicast with
        {
            QuerierIPv4 = QuerierAddress,
            QuerierIPv6 = IPv6Address.Parse("fe80::250"),
            QuerierMac = MacAddress.Parse("02:00:00:00:00:fa"),
        },
    });

    public static TunnelAddress Address(string text) => TunnelAddress.TryParse(text, out TunnelAddress address) ? address : throw new FormatException(text);

    private static SegmentMulticastPlan Only(SegmentMulticastPlan plan) => plan with { Snooping = true, Unregistered = UnregisteredPolicy.RouterPortsOnly };
}
