using Weft.Cluster;
using Weft.Conformance.ClusterTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Nodes of a bridge pair, and hosts of the overlay, that find each other in the cluster's store.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class PairDirectoryTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly ManualTime _time = new();
    private readonly EmbeddedStore _store;
    private readonly List<FaultyStore> _lines = [];

    public PairDirectoryTests() => _store = new EmbeddedStore(new EmbeddedStoreOptions { TimeProvider = _time });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task The_two_nodes_find_each_other_and_stay_known_when_one_is_gone()
    {
        SwitchPlan plan = Node(1, VtepAddress);
        await using ClusterMember one = Join("one");
        // Alone it waits, closed.
        SwitchPlan alone = one.Complete(plan);
        Assert.Equal((0, 1), (alone.Bridges.Count, alone.AwaitedBridges.Count));
        ClusterMember two = Join("two");
        _ = two.Complete(Node(2, PeerAddress));
        Assert.True(Until(() => one.Complete(plan).Bridges.Count == 1));
        SwitchPlan found = one.Complete(plan);
        Assert.Equal(new TunnelAddress(PeerAddress), found.Bridges[0].Peer);
        Assert.Contains(new TunnelAddress(PeerAddress), found.Segments[0].Peers);
        Assert.Empty(found.AwaitedBridges);
        Assert.True(PlanCompletion.IsSame(found, one.Complete(found)));

        // Whether it lives is not the store's to say: long after its lease the address is still there.
        await two.DisposeAsync();
        Assert.False(Until(() => one.Complete(plan).Bridges.Count == 0, TimeSpan.FromSeconds(60)));

        // It comes back somewhere else.
        await using ClusterMember again = Join("two");
        _ = again.Complete(Node(2, Peer3Address));
        Assert.True(Until(() => one.Complete(plan).Bridges is [{ } bridge] && bridge.Peer == new TunnelAddress(Peer3Address)));
        Assert.False(PlanCompletion.IsSame(found, one.Complete(plan)));
        Assert.Contains(one.Capture(Timestamp.Zero).BridgeNodes, node => (node.Pair, node.Node, node.Address) == (7UL, 2, new TunnelAddress(Peer3Address)));
    }

    [Fact]
    public async Task A_host_finds_both_nodes_and_listens_to_neither_while_it_knows_but_one()
    {
        SwitchPlan host = Resolved() with { BridgePairs = [new BridgePairPlan { Id = 7, Vtep = 0, Nodes = [], FindsNodes = true, Key = new byte[16], Port = 8972 }] };
        await using ClusterMember listener = Join("host");
        await using ClusterMember one = Join("one"), two = Join("two");
        _ = one.Complete(Node(1, Peer3Address));
        Assert.True(Until(() => listener.Capture(Timestamp.Zero).BridgeNodes.Count == 1));
        Assert.Empty(listener.Complete(host).BridgePairs[0].Nodes);
        _ = two.Complete(Node(2, PeerAddress));
        Assert.True(Until(() => listener.Complete(host).BridgePairs[0].Nodes.Count == 2));
        Assert.Equal([new TunnelAddress(Peer3Address), new TunnelAddress(PeerAddress)], listener.Complete(host).BridgePairs[0].Nodes);
    }

    [Fact]
    public async Task Two_hosts_with_one_number_do_not_fight_about_it_and_three_nodes_are_no_pair()
    {
        await using ClusterMember one = Join("one"), two = Join("two"), three = Join("three");
        SwitchPlan plan = Node(1, VtepAddress);
        _ = one.Complete(plan);
        _ = two.Complete(Node(2, PeerAddress));
        Assert.True(Until(() => one.Complete(plan).Bridges.Count == 1));
        _ = three.Complete(Node(3, Peer3Address));
        Assert.True(Until(() => one.Complete(plan).Bridges.Count == 0));

        _ = three.Complete(Node(2, Peer3Address));
        Assert.True(Until(() => Number(2) == Peer3Address.ToString()));
        long revision = (await _store.ReadAsync("/bridge/v1/", TestContext.Current.CancellationToken)).Entries.Values.Max(entry => entry.ModRevision);
        Assert.False(Until(() => Number(2) != Peer3Address.ToString(), TimeSpan.FromSeconds(30)));
        Assert.Equal(revision, (await _store.ReadAsync("/bridge/v1/", TestContext.Current.CancellationToken)).Entries.Values.Max(entry => entry.ModRevision));

        string Number(int node) => two.Capture(Timestamp.Zero).BridgeNodes.First(known => known.Node == node).Address.ToString();
    }

    [Fact]
    public void A_node_that_does_not_know_the_other_one_forwards_nothing_and_says_so()
    {
        SwitchPlan plan = Bridging() with { Bridges = [], AwaitedBridges = [Bridging().Bridges[0] with { Peer = default, FindsPeer = true }] };
        using var rig = new SwitchRig(plan);
        rig.Pass(Trunk, Tagged(Plain(B, A), 10));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["bridge-standby"]);
        Assert.Equal(("pair", 7UL), (rig.Switch.Snapshot().AwaitedBridges[0].Name, rig.Switch.Snapshot().AwaitedBridges[0].Pair));
        // When it does, it is a node like any other: it listens first.
        rig.Switch.Apply(Bridging() with { Bridges = [Bridging().Bridges[0] with { FindsPeer = true }] }, rig.Switch.Ports);
        Assert.Equal("init", rig.Switch.Snapshot().Bridges[0].Role);
    }

    private static SwitchPlan Node(ushort number, IPv4Address address)
    {
        SwitchPlan plan = Bridging();
        return plan with
        {
            Vteps = [plan.Vteps[0] with { Address = new TunnelAddress(address) }],
            Bridges = [],
            AwaitedBridges = [plan.Bridges[0] with { Node = number, Peer = default, FindsPeer = true }],
        };
    }

    private ClusterMember Join(string host)
    {
        var line = new FaultyStore(_store, seed: 1, _time) { Trouble = 0 };
        _lines.Add(line);
        return new ClusterMember(new ClusterPlan { Host = host, File = "none", Lease = TimeSpan.FromSeconds(10) }, line, () => Task.CompletedTask, _time);
    }

    private bool Until(Func<bool> condition, TimeSpan? limit = null)
    {
        TimeSpan most = limit ?? Patience;
        for (TimeSpan gone = TimeSpan.Zero; gone < most; gone += Step)
        {
            if (Wait.Until(condition, TimeSpan.FromMilliseconds(limit is null ? 20 : 1)))
            {
                return true;
            }

            _time.Advance(Step);
        }

        return condition();
    }
}
