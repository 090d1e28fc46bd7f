using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>A kernel that believes everything to be on its own link.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class ProxyNeighborLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Rfc1027_A_kernel_without_a_gateway_reaches_the_other_segment_in_both_families()
    {
        LiveRequirements.Need("ping");
        using var lab = new RouterLab();
        lab.Left.Ip("route", "del", "default");
        lab.Left.Ip("-6", "route", "del", "default");
        lab.Left.Ip("route", "add", "10.2.0.0/16", "dev", "l0");
        lab.Left.Ip("-6", "route", "add", "2001:db8:2::/64", "dev", "l0");
        await using SwitchHost host = SwitchHost.Start(lab.Plan.WithInterface(0, at => at with { Proxy = ProxyMode.Routed }));
        foreach (string there in new[] { "10.2.0.2", "2001:db8:2::2" })
        {
            Assert.True(Wait.Until(() => lab.Left.Run("ping", "-c", "1", "-W", "2", there).Succeeded, Patience), there);
        }

        string neighbors = lab.Left.Ip("neighbor", "show").Output;
        Assert.Matches($"10\\.2\\.0\\.2 dev l0 lladdr {RouterPlans.BlueMac}", neighbors);
        SwitchSnapshot end = await host.SnapshotAsync();
        Assert.True(end.RouterInterfaces[0].Proxied >= 2);
        Assert.True(end.Totals.Balanced, end.Totals.ToString());
    }
}
