using System.Buffers.Binary;
using Weft.Bridge;
using Weft.Cluster;
using Weft.Conformance.ClusterTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Sharing;
using Weft.Packets;
using static Weft.Conformance.HostTests.BridgeTrio;
using static Weft.Conformance.HostTests.TestFrames;

namespace Weft.Conformance.HostTests;

/// <summary>With a witness two bridge nodes never forward both, not even where each hears the hosts and neither hears the other.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class BridgeFenceTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void Two_nodes_that_hear_the_host_and_not_each_other_never_forward_the_same_frame()
    {
        var fence = new SimulatedFence();
        using BridgeTrio trio = Settled(fence);
        trio.Delivers = (from, to, _) => from == HostSwitch || to == HostSwitch;
        Play(trio, fence, seconds: 20);
        Assert.Equal(1, Forwarding(trio));
        trio.Delivers = (_, _, _) => true;
        Play(trio, fence, seconds: 20);
        Assert.Equal(1, Forwarding(trio));
        Assert.True(Arrives(trio, fence));
    }

    [Fact]
    public void Without_a_witness_the_same_story_brings_copies()
    {
        using BridgeTrio trio = BridgeTrio.Settled();
        trio.Delivers = (from, to, _) => from == HostSwitch || to == HostSwitch;
        Assert.True(Copies(trio, fence: null, seconds: 5) > 0);
    }

    [Fact]
    public void A_node_that_does_not_reach_the_store_stops_before_the_other_begins()
    {
        var fence = new SimulatedFence();
        using BridgeTrio trio = Settled(fence);
        fence.Reaches[NodeA] = false;
        trio.Delivers = (from, to, _) => from == HostSwitch || to == HostSwitch;
        Play(trio, fence, seconds: 15);
        Assert.Equal((false, true), (Forwards(trio, NodeA), Forwards(trio, NodeB)));
        Assert.Contains(trio.Events(NodeA, "role-changed"), change => change.Fields.Values.Any(value => $"{value}" == "fence-lost"));
        fence.Reaches[NodeA] = true;
        trio.Delivers = (_, _, _) => true;
        Play(trio, fence, seconds: 20);
        Assert.True(Arrives(trio, fence));
    }

    [Fact]
    public void A_store_that_is_gone_for_both_stops_both_and_one_goes_on_when_it_is_back()
    {
        var fence = new SimulatedFence();
        using BridgeTrio trio = Settled(fence);
        (fence.Reaches[NodeA], fence.Reaches[NodeB]) = (false, false);
        Play(trio, fence, seconds: 10);
        Assert.Equal(0, Forwarding(trio));
        (fence.Reaches[NodeA], fence.Reaches[NodeB]) = (true, true);
        Play(trio, fence, seconds: 30);
        Assert.Equal(1, Forwarding(trio));
    }

    [Fact]
    public void A_node_that_slept_longer_than_its_lease_forwards_nothing_of_what_waited()
    {
        var fence = new SimulatedFence();
        using BridgeTrio trio = Settled(fence);
        trio.Runs[NodeA] = false;
        fence.Reaches[NodeA] = false;
        Play(trio, fence, seconds: 8);
        Assert.True(Forwards(trio, NodeB));
        (trio.Runs[NodeA], fence.Reaches[NodeA]) = (true, true);
        Play(trio, fence, seconds: 5);
        Assert.Equal(1, Forwarding(trio));
    }

    [Fact]
    public void A_role_that_is_moved_takes_the_fence_along()
    {
        var fence = new SimulatedFence();
        using BridgeTrio trio = Settled(fence);
        trio.Switches[NodeA].MoveBridge(null, takes: false);
        Play(trio, fence, seconds: 3);
        Assert.Equal((false, true), (Forwards(trio, NodeA), Forwards(trio, NodeB)));
        trio.Reload(NodeB);
        Play(trio, fence, seconds: 1);
        Assert.True(Forwards(trio, NodeB));
    }

    [Fact]
    public async Task Leadership_in_the_store_is_one_nodes_at_a_time_and_is_given_back()
    {
        var time = new ManualTime();
        await using var store = new EmbeddedStore(new EmbeddedStoreOptions { TimeProvider = time });
        var line = new FaultyStore(store, seed: 1, time) { Trouble = 0 };
        BridgePlan plan = TestPlans.Bridging().Bridges[0] with { FenceLease = TimeSpan.FromSeconds(2) };
        await using var first = new BridgeFence(line, "one", plan, time);
        await using var second = new BridgeFence(store, "two", plan, time);
        Timestamp Now() => new(time.GetTimestamp() * Timestamp.NanosecondsPerTick);
        bool OneOf(IBridgeFence one, IBridgeFence other) => !(one.IsHeld(Now()) && other.IsHeld(Now())) && one.IsHeld(Now());

        first.Want(true);
        Assert.True(time.AdvanceUntil(() => OneOf(first, second), Tick, TimeSpan.FromSeconds(30)));
        second.Want(true);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(second.IsHeld(Now()));
        // Given back, it is the other's.
        first.Want(false);
        Assert.True(time.AdvanceUntil(() => OneOf(second, first), Tick, TimeSpan.FromSeconds(30)));
        // Cut off, its holder stops by its own clock, and the other one waits until then.
        second.Want(false);
        first.Want(true);
        Assert.True(time.AdvanceUntil(() => OneOf(first, second), Tick, TimeSpan.FromSeconds(30)));
        line.IsCut = true;
        second.Want(true);
        Assert.True(time.AdvanceUntil(() => OneOf(second, first), Tick, TimeSpan.FromSeconds(60)));
        Assert.False(first.IsHeld(Now()));
        Assert.Equal(Timestamp.Zero, first.Deadline);
    }

    private static BridgeTrio Settled(SimulatedFence fence)
    {
        var trio = new BridgeTrio(fences: fence.Of);
        Play(trio, fence, seconds: 8);
        Assert.Equal(("active", "standby"), (trio.Node(NodeA).Role, trio.Node(NodeB).Role));
        return trio;
    }

    private static bool Forwards(BridgeTrio trio, int node) => trio.Switches[node].Nodes!.All[0].Node.Forwards;

    private static int Forwarding(BridgeTrio trio) => (Forwards(trio, NodeA) ? 1 : 0) + (Forwards(trio, NodeB) ? 1 : 0);

    private static void Play(BridgeTrio trio, SimulatedFence fence, int seconds) => Assert.Equal(0, Copies(trio, fence, seconds));

    private static bool Arrives(BridgeTrio trio, SimulatedFence fence)
    {
        int before = trio.Vlan.Count;
        Play(trio, fence, seconds: 1);
        return trio.Vlan.Count > before;
    }

    /// <summary>The host's machine speaks to all a hundred times a second: how many of its frames came into the VLANs twice.</summary>
    private static int Copies(BridgeTrio trio, SimulatedFence? fence, int seconds)
    {
        int first = trio.Vlan.Count;
        MacAddress speaker = MacAddress.Parse("02:00:00:00:0f:01");
        for (int millisecond = 0; millisecond < 1000 * seconds; millisecond++)
        {
            fence?.Step(trio.Now);
            if (millisecond % 10 == 0)
            {
                byte[] frame = Plain(Broadcast, speaker);
                BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(20), trio.Now.Nanoseconds);
                _ = trio.TrySpeak(HostSwitch, frame);
            }

            trio.Run(TimeSpan.FromMilliseconds(1));
        }

        // Nodes announce the machine under its own address, more than once.
        return trio.Vlan.Skip(first).Where(sent => sent.Frame.Length > 32 && MacAddress.Read(sent.Frame.AsSpan(6)) == speaker && BinaryPrimitives.ReadUInt16BigEndian(sent.Frame.AsSpan(16)) == 0x88B5)
            .GroupBy(sent => BinaryPrimitives.ReadInt64BigEndian(sent.Frame.AsSpan(24))).Count(copies => copies.Count() > 1);
    }
}
