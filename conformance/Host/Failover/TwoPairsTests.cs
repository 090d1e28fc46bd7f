using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.BridgeTrio;

namespace Weft.Conformance.HostTests;

/// <summary>Two pairs of the same two switches, each for a VLAN of one trunk: both switches forward, each in its VLAN, and one alone in both.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class TwoPairsTests
{
    private static readonly MacAddress Talker = TestFrames.A;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    [Fact]
    public void Each_switch_forwards_in_the_VLAN_in_which_it_is_preferred_and_in_no_other()
    {
        using BridgeTrio trio = Shared();
        Assert.Equal([(NodeA, 10), (NodeB, 20)], Forwarded(trio));
        Assert.Equal(["green", "pair"], trio.Switches[NodeA].Snapshot(SnapshotParts.None).Bridges.Select(bridge => bridge.Name));
        Assert.All(trio.Switches[NodeA].Snapshot(SnapshotParts.None).Bridges, bridge => Assert.Equal(("up", "up", 0L), (bridge.OverlayPath, bridge.VlanPath, bridge.Refused)));
    }

    [Theory]
    [InlineData(NodeA, NodeB)]
    [InlineData(NodeB, NodeA)]
    public void The_one_that_is_left_forwards_in_both(int dies, int stays)
    {
        using BridgeTrio trio = Shared();
        trio.Runs[dies] = false;
        trio.Run(Moment);
        Assert.Equal(("active", "active"), (trio.Node(stays).Role, trio.Node(stays, "green").Role));
        Assert.Equal([(stays, 10), (stays, 20)], Forwarded(trio));
    }

    [Fact]
    public void A_role_is_moved_by_the_name_of_its_bridge_and_the_other_stays_where_it_is()
    {
        using BridgeTrio trio = Shared();
        Assert.Throws<InvalidOperationException>(() => trio.Switches[NodeA].MoveBridge(null, takes: true));
        trio.Switches[NodeA].MoveBridge("green", takes: true);
        trio.Run(Moment);
        Assert.Equal([(NodeA, 10), (NodeA, 20)], Forwarded(trio));
        Assert.Equal("standby", trio.Node(NodeB, "green").Role);
    }

    [Fact]
    public void What_a_pair_learns_it_tells_its_own_other_node_alone()
    {
        using BridgeTrio trio = Shared();
        foreach (int node in new[] { NodeA, NodeB })
        {
            trio.Speak(node, TestFrames.Tagged(TestFrames.Plain(MacAddress.Broadcast, TestFrames.B), 10));
            trio.Speak(node, TestFrames.Tagged(TestFrames.Plain(MacAddress.Broadcast, TestFrames.C), 20));
        }

        trio.Run(Moment);
        foreach (int node in new[] { NodeA, NodeB })
        {
            Assert.Equal((1, 1), (trio.Node(node).Machines, trio.Node(node, "green").Machines));
        }

        // A takeover in one VLAN forgets nothing in the other.
        trio.Switches[NodeB].MoveBridge("pair", takes: true);
        trio.Run(Moment);
        Assert.Equal((1, 1), (trio.Node(NodeB).Machines, trio.Node(NodeB, "green").Machines));
        Assert.Contains(trio.Switches[NodeB].Snapshot().Fdb, entry => entry.Segment == "green" && entry.Mac == TestFrames.C && entry.Port == "edge");
    }

    [Fact]
    public void A_reload_that_changes_one_pair_starts_that_one_alone_anew()
    {
        using BridgeTrio trio = Shared();
        uint epoch = trio.Node(NodeA).Epoch;
        trio.Texts[NodeA] = trio.Texts[NodeA].Replace("priority: 100", "priority: 99", StringComparison.Ordinal);
        trio.Reload(NodeA);
        Assert.Equal(("active", epoch, "init"), (trio.Node(NodeA).Role, trio.Node(NodeA).Epoch, trio.Node(NodeA, "green").Role));
        trio.Run(TimeSpan.FromSeconds(3));
        Assert.Equal("standby", trio.Node(NodeA, "green").Role);
        Assert.Equal([(NodeA, 10), (NodeB, 20)], Forwarded(trio));
    }

    [Fact]
    public void A_reload_that_takes_one_pair_away_leaves_the_other_alone()
    {
        using BridgeTrio trio = Shared();
        uint epoch = trio.Node(NodeA).Epoch;
        trio.Texts[NodeA] = string.Join('\n', trio.Texts[NodeA].Split('\n').Where(line => !line.Contains("name: green, id: 8", StringComparison.Ordinal)));
        trio.Reload(NodeA);
        trio.Run(Moment);
        BridgeSnapshot left = Assert.Single(trio.Switches[NodeA].Snapshot(SnapshotParts.None).Bridges);
        Assert.Equal(("pair", "active", epoch), (left.Name, left.Role, left.Epoch));
    }

    /// <summary>Both preferred nodes have their roles.</summary>
    private static BridgeTrio Shared()
    {
        var trio = new BridgeTrio(hasGreen: true);
        trio.Run(TimeSpan.FromSeconds(6));
        Assert.Equal(("active", "standby"), (trio.Node(NodeA).Role, trio.Node(NodeB).Role));
        Assert.Equal(("standby", "active"), (trio.Node(NodeA, "green").Role, trio.Node(NodeB, "green").Role));
        return trio;
    }

    /// <summary>Says something to all in both virtual networks, and looks which nodes pass it on into which VLANs.</summary>
    private static List<(int Node, int Vlan)> Forwarded(BridgeTrio trio)
    {
        trio.Vlan.Clear();
        trio.Speak(HostSwitch, TestFrames.Plain(MacAddress.Broadcast, Talker));
        trio.Speak(HostSwitch, TestFrames.Tagged(TestFrames.Plain(MacAddress.Broadcast, Talker), 20));
        trio.Run(TimeSpan.FromMilliseconds(5));
        return [.. trio.Vlan.Where(crossed => crossed.From != HostSwitch && MacAddress.Read(crossed.Frame.AsSpan(6)) == Talker && crossed.Frame[16] == 0x88).Select(crossed => (crossed.From, crossed.Frame[14] << 8 | crossed.Frame[15])).Order()];
    }
}
