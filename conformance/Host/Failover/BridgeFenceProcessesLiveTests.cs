using Weft.Conformance.ClusterTests;
using Weft.Conformance.Support;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>Two processes that find each other in etcd and ask it before they forward; one is cut off from it.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class BridgeFenceProcessesLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task The_active_node_stops_before_the_other_begins_when_it_alone_does_not_reach_the_store()
    {
        LiveRequirements.NeedPrograms("etcd", "etcdctl");
        using var members = new EtcdMembers(1);
        await using var first = new StoreLine(members.Endpoints[0]);
        await using var second = new StoreLine(members.Endpoints[0]);
        StoreLine[] lines = [first, second];
        // A busy machine takes a process its processor for longer than BFD waits; that is not what is asked here.
        using var lab = new FailoverLab(200, moreKeys: ", bfdMultiplier: 10, fenceLeaseSeconds: 4", store: node => lines[node].Place);
        lab.Start(0);
        // Alone it knows nobody, and does not forward.
        Assert.Null(lab.Show(0));
        lab.Start(1);
        await UntilAsync(lab, () => lab.Show(0) is not null && lab.Show(1) is not null);
        int active = -1;
        await UntilAsync(lab, () => (active = Active(lab)) >= 0 && lab.Show(1 - active) is { Role: "standby", OverlayPath: "up" });

        lines[active].IsCut = true;
        await UntilAsync(lab, () => lab.Show(1 - active) is { Forwards: true });
        Assert.False(lab.Show(active)!.Forwards);
        string story = lab.Story();
        Assert.True(story.Split('\n').Any(line => line.Contains($"node {active} ", StringComparison.Ordinal) && line.Contains("fence-lost", StringComparison.Ordinal)), story);

        // Mended, it stands by; and the role goes back when somebody asks.
        lines[active].IsCut = false;
        await UntilAsync(lab, () => lab.Show(active) is { Role: "standby" });
        await UntilAsync(lab, () => lab.Move("failover", active).Succeeded && lab.Show(active) is { Forwards: true } && lab.Show(1 - active) is { Forwards: false });
    }

    private static int Active(FailoverLab lab) => lab.Show(0) is { Forwards: true } ? 0 : lab.Show(1) is { Forwards: true } ? 1 : -1;

    /// <summary>Waits; and looks at one node, at the other and at the first one again: if all say that they forward, two did at one time.</summary>
    private static async Task UntilAsync(FailoverLab lab, Func<bool> condition)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!condition())
        {
            BridgeSnapshot?[] looks = [lab.Show(0), lab.Show(1), lab.Show(0)];
            bool isSame = looks[0]?.Epoch == looks[2]?.Epoch && looks[0]?.Promotions == looks[2]?.Promotions;
            Assert.False(isSame && Array.TrueForAll(looks, look => look is { Forwards: true }), $"both forward\n{lab.Story()}");
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(start) < Patience, $"it did not become so\n{lab.Story()}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
