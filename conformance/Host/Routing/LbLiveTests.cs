using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>Two real load balancers that keep clients' addresses, which cannot work unless somebody brings every reply back to the right one.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class LbLiveTests
{
    private const int Requests = 2000;

    [Fact]
    public async Task Two_thousand_parallel_requests_through_two_haproxies_succeed_and_the_server_sees_the_clients()
    {
        LiveRequirements.Need("ping", "sysctl", "nft", "haproxy", "ss", "/usr/bin/python3");
        using var lab = new LbLab();
        await using SwitchHost host = lab.Start(learning: true);
        Assert.Equal((Requests, 0), lab.Request(Requests));
        Assert.Equal(Enumerable.Range(2, LbLab.Clients).Select(client => $"198.51.100.{client}"), lab.ServerLog);
        SwitchSnapshot end = await host.SnapshotAsync();
        Assert.True(end.Totals.Balanced, end.Totals.ToString());
        // Both load balancers had their share, and each reply was brought back.
        Assert.All(end.Lbs[0].Members, member => Assert.InRange(member.Flows, Requests / 10, Requests * 9 / 10));
        Assert.True(end.Lbs[0].Redirected > Requests);
    }

    [Fact]
    public async Task Without_learning_about_half_of_the_requests_fail()
    {
        LiveRequirements.Need("ping", "sysctl", "nft", "haproxy", "ss", "/usr/bin/python3");
        using var lab = new LbLab();
        await using SwitchHost host = lab.Start(learning: false);
        (int succeeded, int failed) = lab.Request(400);
        Assert.InRange(failed, 100, 300);
        Assert.InRange(succeeded, 100, 300);
    }
}
