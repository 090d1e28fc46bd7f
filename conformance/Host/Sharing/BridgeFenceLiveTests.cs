using Weft.Cluster;
using Weft.Conformance.ClusterTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>The fence of a bridge node with three members of etcd, one of which dies.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class BridgeFenceLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task One_node_holds_it_through_the_death_of_a_leader_and_the_other_gets_it_when_it_is_given_back_or_its_holder_is_gone()
    {
        LiveRequirements.NeedPrograms("etcd", "etcdctl");
        using var members = new EtcdMembers(3);
        await using EtcdStore here = Open(members);
        EtcdStore there = Open(members);
        BridgePlan plan = TestPlans.Bridging().Bridges[0] with { FenceLease = TimeSpan.FromSeconds(5) };
        await using var first = new BridgeFence(here, "one", plan);
        var second = new BridgeFence(there, "two", plan);
        second.Want(true);
        await UntilHeldAsync(second, first);
        first.Want(true);
        members.Signal(members.Leader(), "KILL");
        await UntilAsync(() => members.Control(0, "endpoint", "health").Succeeded || members.Control(1, "endpoint", "health").Succeeded);
        // Given back, it is the other's; and back again.
        second.Want(false);
        await UntilHeldAsync(first, second);
        first.Want(false);
        second.Want(true);
        await UntilHeldAsync(second, first);
        // The holder goes without a word to the store: its lease has to end.
        first.Want(true);
        await there.DisposeAsync();
        await UntilHeldAsync(first, second);
        await second.DisposeAsync();
    }

    private static EtcdStore Open(EtcdMembers members) => new(new EtcdOptions { Endpoints = members.Endpoints, AttemptTimeout = TimeSpan.FromSeconds(1) });

    /// <summary>Waits until one holds it; at no look do both.</summary>
    private static Task UntilHeldAsync(BridgeFence one, BridgeFence other) => UntilAsync(() =>
    {
        Timestamp now = Timestamp.FromMonotonicClock();
        bool isOther = other.IsHeld(now);
        bool isHeld = one.IsHeld(now);
        Assert.False(isHeld && isOther, "both may forward");
        return isHeld;
    });

    private static async Task UntilAsync(Func<bool> condition)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(start) < Patience, "it did not become so");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
