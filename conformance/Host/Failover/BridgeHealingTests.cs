using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.BridgeTrio;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Nodes that are cut off, frozen and healed while machines on both sides say something to all every millisecond: nobody hears anything
/// twice. What is flooded goes to both nodes, so that two that forward, if for a moment, show at once.
/// </summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class BridgeHealingTests
{
    private static readonly MacAddress OverlayTalker = TestFrames.A;
    private static readonly MacAddress VlanTalker = TestFrames.B;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>Something that happens to one of the nodes, and the time until the next thing happens.</summary>
    private readonly record struct Blow(int Node, int What, int Milliseconds);

    [Theory]
    [InlineData(15)]
    [InlineData(25)]
    [InlineData(32)]
    [InlineData(40)]
    [InlineData(500)]
    [InlineData(5000)]
    public void A_node_that_was_cut_off_from_both_networks_and_comes_back_forwards_nothing_that_the_other_one_does(int milliseconds)
    {
        using BridgeTrio trio = Settled();
        Talk(trio, TimeSpan.FromSeconds(1));
        Connect(trio, NodeA, up: false, edge: false);
        Talk(trio, TimeSpan.FromMilliseconds(milliseconds));
        Connect(trio, NodeA, up: true, edge: true);
        Talk(trio, TimeSpan.FromSeconds(4));
        AssertNothingTwice(trio);
        AssertOneForwards(trio);
        Assert.Equal(milliseconds > 100 ? "active" : trio.Node(NodeB).Role, trio.Node(NodeB).Role);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(40)]
    [InlineData(5000)]
    public void A_standby_that_was_cut_off_from_both_networks_takes_nothing_over(int milliseconds)
    {
        using BridgeTrio trio = Settled();
        Talk(trio, TimeSpan.FromSeconds(1));
        Connect(trio, NodeB, up: false, edge: false);
        Talk(trio, TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(("active", "standby"), (trio.Node(NodeA).Role, trio.Node(NodeB).Role));
        Connect(trio, NodeB, up: true, edge: true);
        Talk(trio, TimeSpan.FromSeconds(4));
        AssertNothingTwice(trio);
        Assert.Equal(("active", "standby"), (trio.Node(NodeA).Role, trio.Node(NodeB).Role));
    }

    [Fact]
    public void A_node_that_loses_the_overlay_without_losing_its_carrier_is_replaced_because_it_says_so_through_the_VLAN()
    {
        using BridgeTrio trio = Settled();
        Talk(trio, TimeSpan.FromSeconds(1));
        Connect(trio, NodeA, up: false, edge: true);
        Talk(trio, TimeSpan.FromMilliseconds(60));
        Assert.Equal(("fenced", "cut-off", "active"), (trio.Node(NodeA).Role, trio.Node(NodeA).Cause, trio.Node(NodeB).Role));
        Connect(trio, NodeA, up: true, edge: true);
        Talk(trio, TimeSpan.FromSeconds(4));
        Assert.Equal(("standby", "active"), (trio.Node(NodeA).Role, trio.Node(NodeB).Role));
        AssertNothingTwice(trio);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(8)]
    public void A_node_that_loses_the_VLAN_without_losing_its_carrier_hands_over_to_the_one_that_hears_machines_there(int phase)
    {
        using BridgeTrio trio = Settled();
        // Either node may be the first to miss the other.
        Talk(trio, TimeSpan.FromMilliseconds(1000 + phase));
        Connect(trio, NodeA, up: true, edge: false);
        Talk(trio, TimeSpan.FromMilliseconds(100));
        Assert.Equal(("standby", "cut-off", "active"), (trio.Node(NodeA).Role, trio.Node(NodeA).Cause, trio.Node(NodeB).Role));
        Talk(trio, TimeSpan.FromSeconds(10));
        Connect(trio, NodeA, up: true, edge: true);
        Talk(trio, TimeSpan.FromSeconds(4));
        Assert.Equal(("standby", "active"), (trio.Node(NodeA).Role, trio.Node(NodeB).Role));
        AssertNothingTwice(trio);
    }

    [Fact]
    public void In_a_silent_VLAN_that_is_cut_between_the_nodes_nobody_can_tell_which_of_them_is_cut_off_and_nothing_moves()
    {
        using BridgeTrio trio = Settled();
        Connect(trio, NodeA, up: true, edge: false);
        trio.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(("active", "standby"), (trio.Node(NodeA).Role, trio.Node(NodeB).Role));
    }

    [Fact]
    public void Nodes_that_both_lose_the_overlay_for_a_moment_go_on_as_soon_as_it_is_back()
    {
        using BridgeTrio trio = Settled();
        Talk(trio, TimeSpan.FromSeconds(1));
        (trio.Connected[Up][NodeA], trio.Connected[Up][NodeB]) = (false, false);
        Talk(trio, TimeSpan.FromSeconds(2));
        Assert.False(trio.Node(NodeA).Forwards || trio.Node(NodeB).Forwards);
        (trio.Connected[Up][NodeA], trio.Connected[Up][NodeB]) = (true, true);
        int silent = 0;
        for (int i = 0; i < 100; i++)
        {
            Talk(trio, Tick);
            silent += trio.Node(NodeA).Forwards || trio.Node(NodeB).Forwards ? 0 : 1;
        }

        Assert.InRange(silent, 0, 50);
        Talk(trio, TimeSpan.FromSeconds(4));
        AssertNothingTwice(trio);
        AssertOneForwards(trio);
    }

    [Fact]
    public void A_dead_standby_disturbs_nothing_while_the_overlay_answers()
    {
        using BridgeTrio trio = Settled();
        Talk(trio, TimeSpan.FromSeconds(1));
        trio.Runs[NodeB] = false;
        int roles = trio.Events(NodeA, "role-changed").Count;
        // Not a word but what the node asks for.
        trio.Run(TimeSpan.FromSeconds(10));
        Assert.Equal((roles, "active"), (trio.Events(NodeA, "role-changed").Count, trio.Node(NodeA).Role));
    }

    [Fact]
    public void A_node_that_believed_itself_alone_stops_at_the_first_frame_that_only_another_bridge_can_have_sent()
    {
        // Hosts hear both nodes, which do not hear each other: the cut that no message can tell from a death.
        using BridgeTrio trio = Settled();
        Talk(trio, TimeSpan.FromSeconds(1));
        trio.Delivers = (from, to, _) => from == HostSwitch || to == HostSwitch;
        Talk(trio, TimeSpan.FromMilliseconds(500));
        Assert.True(trio.Node(NodeA).Forwards && trio.Node(NodeB).Forwards);
        trio.Delivers = (_, _, _) => true;
        trio.Vlan.Clear();
        Talk(trio, TimeSpan.FromSeconds(4));
        AssertOneForwards(trio);
        // One frame from each side may have been under way through both.
        List<(int Number, bool OnVlan, int Copies)> again = Again(trio);
        Assert.InRange(again.Count, 0, 4);
        Assert.All(again, frame => Assert.InRange(frame.Copies, 2, 3));
    }

    [Fact]
    public void A_node_that_was_fenced_when_it_froze_drops_what_waited_for_it_before_it_goes_on()
    {
        // Node A is cut off and then frozen; B, which forwards alone, freezes shortly and is cut off itself. All of it ends at once: A asks,
        // B says that it does not forward, and the frames that B forwarded meanwhile are still in A's queue.
        Assert.True(Survives([new(NodeA, 2, 2641), new(NodeA, 1, 122), new(NodeB, 0, 38), new(NodeB, 1, 7), new(NodeB, 3, 255)]));
    }

    [Fact]
    public void Whatever_happens_to_nodes_and_their_cables_nothing_comes_twice()
    {
        Gen<Blow> blow =
            from node in Gen.Choose(0, 1)
            from what in Gen.Choose(0, 7)
            from length in Gen.Frequency((3, Gen.Choose(1, 60)), (1, Gen.Choose(60, 400)), (1, Gen.Choose(1000, 3000)))
            select new Blow(node, what, length);
        Arbitrary<Blow[]> stories = Arb.From(blow.ArrayOf(8), story => Enumerable.Range(0, story.Length).Select(left => story.Where((_, at) => at != left).ToArray()));
        Prop.ForAll(stories, Survives).Check(Chance.Of(25));
    }

    private static bool Survives(Blow[] story)
    {
        using BridgeTrio trio = Settled();
        Talk(trio, TimeSpan.FromMilliseconds(200));
        foreach (Blow blow in story)
        {
            switch (blow.What)
            {
                case 0 or 1:
                    trio.Runs[blow.Node] = !trio.Runs[blow.Node];
                    break;
                case 2 or 3:
                    trio.Connected[Up][blow.Node] = !trio.Connected[Up][blow.Node];
                    break;
                case 4 or 5:
                    trio.Connected[Edge][blow.Node] = !trio.Connected[Edge][blow.Node];
                    break;
                default:
                    bool isCut = !(trio.Connected[Up][blow.Node] || trio.Connected[Edge][blow.Node]);
                    Connect(trio, blow.Node, isCut, isCut);
                    break;
            }

            Talk(trio, TimeSpan.FromMilliseconds(blow.Milliseconds));
        }

        foreach (int node in new[] { NodeA, NodeB })
        {
            trio.Runs[node] = true;
            Connect(trio, node, up: true, edge: true);
        }

        Talk(trio, TimeSpan.FromSeconds(14));
        AssertNothingTwice(trio);
        AssertOneForwards(trio);
        return true;
    }

    private static void Connect(BridgeTrio trio, int node, bool up, bool edge) => (trio.Connected[Up][node], trio.Connected[Edge][node]) = (up, edge);

    /// <summary>A machine of the overlay and one of the VLANs speak to all, every millisecond.</summary>
    private static void Talk(BridgeTrio trio, TimeSpan span)
    {
        for (int i = 0; i < span.TotalMilliseconds; i++)
        {
            trio.Speak(HostSwitch, Numbered(trio, OverlayTalker));
            foreach (int node in new[] { NodeA, NodeB })
            {
                if (trio.Connected[Edge][node])
                {
                    _ = trio.TrySpeak(node, TestFrames.Tagged(Numbered(trio, VlanTalker), 10));
                }
            }

            trio.Run(Tick);
        }
    }

    private static byte[] Numbered(BridgeTrio trio, MacAddress from)
    {
        byte[] frame = TestFrames.Plain(MacAddress.Broadcast, from);
        BitConverter.TryWriteBytes(frame.AsSpan(20), (int)(trio.Now.Nanoseconds / 1_000_000));
        return frame;
    }

    private static void AssertNothingTwice(BridgeTrio trio) =>
        Assert.True(Again(trio) is [], string.Join('\n', Again(trio).Take(8).Select(frame => $"{frame.Number} {(frame.OnVlan ? "on the VLAN" : "at the host")} {frame.Copies} times")) + Story(trio));

    private static void AssertOneForwards(BridgeTrio trio) =>
        Assert.True(trio.Node(NodeA).Forwards != trio.Node(NodeB).Forwards, $"{trio.Node(NodeA).Role} and {trio.Node(NodeB).Role}\n{Story(trio)}");

    /// <summary>Frames that came out of the nodes into the VLANs, or out of the host to its machine, more than once.</summary>
    private static List<(int Number, bool OnVlan, int Copies)> Again(BridgeTrio trio) =>
    [
        .. from crossed in trio.Vlan
           let frame = crossed.From == HostSwitch ? crossed.Frame : [.. crossed.Frame[..12], .. crossed.Frame[16..]]
           let talker = MacAddress.Read(frame.AsSpan(6))
           where frame[12] == 0x88 && (talker == OverlayTalker || talker == VlanTalker)
           let onVlan = crossed.From != HostSwitch
           group frame by (Number: BitConverter.ToInt32(frame, 20), OnVlan: onVlan, IsBack: onVlan == (talker == VlanTalker)) into copies
           // What comes back to where it was said was there before.
           let heard = copies.Count() + (copies.Key.IsBack ? 1 : 0)
           where heard > 1
           select (copies.Key.Number, copies.Key.OnVlan, heard),
    ];

    private static string Story(BridgeTrio trio) => string.Join("", Enumerable.Range(0, 2)
        .SelectMany(node => trio.Switches[node].ReadEvents(most: 5000).Events.Select(happened => (happened.Seconds, Line: $"\n{happened.Seconds:0.000} node {node} {happened.Name} {string.Join(' ', happened.Fields.Values)}")))
        .OrderBy(told => told.Seconds).Select(told => told.Line));
}
