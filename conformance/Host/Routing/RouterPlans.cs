using Weft.Host.Config;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>
/// The switch of <see cref="TestPlans"/> with a router between its segments: <c>blue</c> (ports web1, web2 and the trunk) is 10.1.0.0/24 and
/// 2001:db8:1::/64, <c>green</c> (port db and the trunk) is 10.2.0.0/24 and 2001:db8:2::/64. The router's addresses end in 1.
/// </summary>
internal static class RouterPlans
{
    public static readonly MacAddress BlueMac = MacAddress.Parse("02:00:00:00:fd:01");
    public static readonly MacAddress GreenMac = MacAddress.Parse("02:00:00:00:fd:02");

    public static NetworkAddress Net(string text)
    {
        string[] parts = text.Split('/');
        Assert.True(TunnelAddress.TryParse(parts[0], out TunnelAddress address));
        return new NetworkAddress(address, int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    public static TunnelAddress At(string text)
    {
        Assert.True(TunnelAddress.TryParse(text, out TunnelAddress address));
        return address;
    }

    /// <summary>Neighbours are found by ARP and neighbour discovery.</summary>
    public static SwitchPlan Plan(params RoutePlan[] routes) => Resolved() with
    {
        Segments = [Segment("blue", 10, null), Segment("green", 20, null)],
        Vteps = [],
        Routers =
        [
            new RouterPlan
            {
                Name = "r1",
                MaxNeighbors = 64,
                Interfaces =
                [
                    new RouterInterfacePlan { Segment = 0, Mac = BlueMac, MtuBytes = 1500, Addresses = [Net("10.1.0.1/24"), Net("2001:db8:1::1/64")] },
                    new RouterInterfacePlan { Segment = 1, Mac = GreenMac, MtuBytes = 1500, Addresses = [Net("10.2.0.1/24"), Net("2001:db8:2::1/64")] },
                ],
                Routes = routes,
            },
        ],
    };

    /// <summary>The neighbours that the tests use are known: 10.1.0.2 and 2001:db8:1::2 are A, 10.2.0.2 and 2001:db8:2::2 are B.</summary>
    public static SwitchPlan Known(params RoutePlan[] routes) => Plan(routes)
        .WithInterface(0, at => at with { StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [At("10.1.0.2")] = TestFrames.A, [At("2001:db8:1::2")] = TestFrames.A } })
        .WithInterface(1, at => at with { StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [At("10.2.0.2")] = TestFrames.B, [At("2001:db8:2::2")] = TestFrames.B } });

    public static SwitchPlan WithInterface(this SwitchPlan plan, int number, Func<RouterInterfacePlan, RouterInterfacePlan> change) => plan with
    {
        Routers = [plan.Routers[0] with { Interfaces = [.. plan.Routers[0].Interfaces.Select((old, index) => index == number ? change(old) : old)] }, .. plan.Routers.Skip(1)],
    };

    public static RoutePlan Via(string prefix, string hop) => new(Net(prefix), RouteAction.Forward, At(hop));

    public static RoutePlan Ending(string prefix, RouteAction action) => new(Net(prefix), action, null);
}
