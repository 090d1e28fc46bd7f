using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.BridgeTrio;

namespace Weft.Conformance.HostTests;

/// <summary>Two whole bridge nodes and a whole host on a clock of our own: host flush, BFD inside tunnels, reload.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class BridgeTrioTests
{
    private const string Asks = ", hostFlush: repoint, hostKeyFile: host.key";
    private const string Listens = "bridgePairs: [{id: 7, vtep: here, nodes: [192.0.2.1, 192.0.2.2], keyFile: host.key}]";
    private static readonly MacAddress Talker = TestFrames.A;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData("repoint")]
    [InlineData("forget")]
    public void A_host_does_as_the_node_that_takes_over_asks(string mode)
    {
        using BridgeTrio trio = Settled($", hostFlush: {mode}, hostKeyFile: host.key", Listens);
        Know(trio, machines: 20);
        Assert.All(FdbOf(trio), entry => Assert.Equal("192.0.2.1", entry.Peer.ToString()));
        // Announcements get lost: what the host knows after it comes of the request alone.
        trio.Delivers = (_, to, frame) => to != HostSwitch || !IsRarp(frame);
        trio.Runs[NodeA] = false;
        trio.Run(Moment);
        Assert.Equal("active", trio.Node(NodeB).Role);
        List<FdbEntrySnapshot> after = FdbOf(trio);
        Assert.Equal(mode == "repoint" ? 20 : 0, after.Count);
        Assert.All(after, entry => Assert.Equal("192.0.2.2", entry.Peer.ToString()));
        SwitchEvent flushed = trio.Events(HostSwitch, "flushed").First(happened => happened.Fields["to"] == "192.0.2.2");
        Assert.Equal(("blue", mode, "192.0.2.1", "192.0.2.2", "20"), (flushed.Subject, flushed.Fields["mode"], flushed.Fields["from"], flushed.Fields["to"], flushed.Fields["addresses"]));
        FlushListenerSnapshot listener = Assert.Single(trio.Switches[HostSwitch].Snapshot().FlushListeners);
        Assert.Equal((7UL, 0, 20), (listener.Pair, listener.Refused, listener.Addresses));
        Assert.Equal(mode, trio.Events(NodeB, "hosts-asked")[0].Fields["mode"]);
    }

    [Fact]
    public void A_request_that_got_lost_is_made_again()
    {
        using BridgeTrio trio = Settled(Asks, Listens);
        Know(trio, machines: 5);
        bool isLost = true;
        trio.Delivers = (_, to, frame) => to != HostSwitch || !(IsRarp(frame) || (isLost && IsRequest(frame)));
        trio.Runs[NodeA] = false;
        trio.Run(TimeSpan.FromMilliseconds(60));
        Assert.All(FdbOf(trio), entry => Assert.Equal("192.0.2.1", entry.Peer.ToString()));
        isLost = false;
        trio.Run(Moment);
        Assert.All(FdbOf(trio), entry => Assert.Equal("192.0.2.2", entry.Peer.ToString()));
    }

    [Fact]
    public void Requests_that_are_forged_replayed_truncated_or_from_a_stranger_change_nothing_and_are_counted()
    {
        using BridgeTrio trio = Settled(Asks, "bridgePairs: [{id: 7, vtep: here, nodes: [192.0.2.1, 192.0.2.2], keyFile: other.key}]");
        Know(trio, machines: 5);
        trio.Delivers = (_, to, frame) => to != HostSwitch || !IsRarp(frame);
        trio.Runs[NodeA] = false;
        trio.Run(Moment);
        Assert.All(FdbOf(trio), entry => Assert.Equal("192.0.2.1", entry.Peer.ToString()));
        Assert.Equal("unauthentic", trio.Events(HostSwitch, "flush-refused")[0].Fields["reason"]);
        byte[] request = trio.Underlay.First(crossed => crossed.From == NodeB && IsRequest(crossed.Frame)).Frame;
        trio.Forge(HostSwitch, request[..^1]);
        trio.Forge(HostSwitch, request);
        trio.Run(Moment);
        Assert.All(FdbOf(trio), entry => Assert.Equal("192.0.2.1", entry.Peer.ToString()));
        Assert.True(trio.Switches[HostSwitch].Snapshot().FlushListeners[0].Refused >= 2);
        Assert.True(trio.Switches[HostSwitch].Totals.Balanced);
    }

    [Fact]
    public void A_replayed_request_is_refused_after_a_reload_too()
    {
        using BridgeTrio trio = Settled(Asks, Listens);
        Know(trio, machines: 5);
        trio.Runs[NodeA] = false;
        trio.Run(Moment);
        byte[] request = trio.Underlay.First(crossed => crossed.From == NodeB && IsRequest(crossed.Frame)).Frame;
        long obeyed = trio.Switches[HostSwitch].Snapshot().FlushListeners[0].Obeyed;
        trio.Reload(HostSwitch);
        trio.Forge(HostSwitch, request);
        trio.Run(TimeSpan.FromMilliseconds(10));
        FlushListenerSnapshot listener = trio.Switches[HostSwitch].Snapshot().FlushListeners[0];
        Assert.Equal((obeyed, 1), (listener.Obeyed, listener.Refused));
        Assert.Equal("stale", trio.Events(HostSwitch, "flush-refused")[^1].Fields["reason"]);
    }

    [Fact]
    public void A_host_without_an_ear_for_the_pair_drops_requests_with_a_reason()
    {
        using BridgeTrio trio = Settled(Asks);
        trio.Runs[NodeA] = false;
        trio.Run(Moment);
        Assert.Contains(trio.Switches[HostSwitch].Snapshot().Drops, drop => drop.Reason == "endpoint-service-missing");
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8971_BFD_inside_VXLAN_is_an_inner_frame_to_00_00_5E_00_52_02_with_hop_limit_255_in_the_management_VNI()
    {
        using BridgeTrio trio = Settled(", bfdEncapsulation: tunnel");
        Assert.Equal("up", trio.Node(NodeA).OverlayPath);
        byte[] frame = trio.Underlay.Last(crossed => crossed.From == NodeA && IsUdp(crossed.Frame, 4789) && Inner(crossed.Frame).StartsWith("00005e005202", StringComparison.Ordinal)).Frame;
        // Outer Ethernet 14, IPv4 20, UDP 8, VXLAN 8: flags 08, VNI 1.
        Assert.Equal("0800000000000100", Hex(frame, 42, 8));
        string inner = Inner(frame);
        Assert.Equal("00005e005202" + "0257c0000201" + "0800", inner[..28]);
        Assert.Equal("45", inner[28..30]);
        Assert.Equal("ff11", inner[44..48]);
        Assert.Equal("c0000201" + "c0000202", inner[52..68]);
        Assert.Equal("0ec8", inner[72..76]);
        Assert.DoesNotContain(trio.Underlay, crossed => IsUdp(crossed.Frame, 3784));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc9521_BFD_inside_Geneve_has_the_O_bit_set_the_C_bit_clear_and_the_peers_MAC_inside()
    {
        using BridgeTrio trio = Settled(", bfdEncapsulation: tunnel, managementVni: 4242", vtep: ", encapsulation: geneve");
        Assert.Equal("up", trio.Node(NodeB).OverlayPath);
        byte[] frame = trio.Underlay.Last(crossed => crossed.From == NodeA && IsUdp(crossed.Frame, 6081) && Inner(crossed.Frame).StartsWith("0257c0000202", StringComparison.Ordinal)).Frame;
        // Version 0 and no options; O, not C; Ethernet; VNI 4242.
        Assert.Equal("0080655800109200", Hex(frame, 42, 8));
        // Frames of machines are no control packets.
        trio.Speak(HostSwitch, TestFrames.Plain(MacAddress.Broadcast, Talker));
        trio.Run(TimeSpan.FromMilliseconds(5));
        byte[] data = trio.Underlay.Last(crossed => crossed.From == HostSwitch && IsUdp(crossed.Frame, 6081)).Frame;
        Assert.Equal("0000655800006400", Hex(data, 42, 8));
    }

    [Theory]
    [InlineData("vxlan")]
    [InlineData("geneve")]
    public void A_tunnel_that_does_not_carry_packets_is_found_out_though_the_underlay_does(string encapsulation)
    {
        using BridgeTrio trio = Settled(", bfdEncapsulation: tunnel", vtep: $", encapsulation: {encapsulation}");
        ushort port = encapsulation == "vxlan" ? (ushort)4789 : (ushort)6081;
        trio.Delivers = (_, _, frame) => !IsUdp(frame, port);
        trio.Run(Moment);
        Assert.Equal("down", trio.Node(NodeA).OverlayPath);
        Assert.Equal("control-detection-time-expired", trio.Events(NodeA, "path-down")[^1].Fields["diagnostic"]);
        // One path of two is a degradation, no failover.
        Assert.Equal(("active", "standby"), (trio.Node(NodeA).Role, trio.Node(NodeB).Role));
        trio.Delivers = (_, _, _) => true;
        trio.Run(TimeSpan.FromSeconds(3));
        Assert.Equal("up", trio.Node(NodeA).OverlayPath);
    }

    [Theory]
    [InlineData(0, "VNI of nobody's")]
    [InlineData(1, "not BFD")]
    [InlineData(2, "from another endpoint")]
    public void What_is_no_BFD_of_the_other_node_in_the_management_VNI_is_dropped_with_a_reason(int kind, string why)
    {
        using BridgeTrio trio = Settled(", bfdEncapsulation: tunnel");
        byte[] frame = trio.Underlay.Last(crossed => crossed.From == NodeA && IsUdp(crossed.Frame, 4789) && Inner(crossed.Frame).StartsWith("00005e005202", StringComparison.Ordinal)).Frame;
        switch (kind)
        {
            case 0:
                frame[48] = 9;
                break;
            case 1:
                frame[50 + 36] = 1;
                break;
            default:
                // The outer source becomes the host's; the checksum follows.
                frame[29] = 10;
                frame[24] = frame[25] = 0;
                ushort sum = InternetChecksum.Compute(frame.AsSpan(14, 20));
                (frame[24], frame[25]) = ((byte)(sum >> 8), (byte)sum);
                break;
        }

        long before = Drops(trio).Values.Sum();
        trio.Forge(NodeB, frame);
        trio.Run(TimeSpan.FromMilliseconds(2));
        string reason = kind == 0 ? "unknown-vni" : kind == 1 ? "tunnel-control" : "unknown-peer";
        Assert.True(Drops(trio).GetValueOrDefault(reason) > 0, $"{why}: {string.Join(", ", Drops(trio))}");
        Assert.True(Drops(trio).Values.Sum() > before);
    }

    [Fact]
    public void A_reload_that_leaves_the_bridge_alone_leaves_the_node_and_its_sessions_alone()
    {
        using BridgeTrio trio = Settled(Asks, Listens);
        Know(trio, machines: 20);
        BridgeSnapshot before = trio.Node(NodeA);
        int roles = trio.Events(NodeA, "role-changed").Count, paths = trio.Events(NodeA, "path-up").Count;
        trio.Texts[NodeA] = trio.Texts[NodeA].Replace("peers: [192.0.2.10, 192.0.2.2]", "ageingSeconds: 120, peers: [192.0.2.10, 192.0.2.2]", StringComparison.Ordinal)
            .Replace("vteps:", "  - {name: more, type: tap, device: m, vlan: {mode: access, id: 10}}\nvteps:", StringComparison.Ordinal);
        trio.Reload(NodeA);
        trio.Run(TimeSpan.FromSeconds(2));
        BridgeSnapshot after = trio.Node(NodeA);
        Assert.Equal((before.Role, before.Epoch, before.Promotions, before.Announced), (after.Role, after.Epoch, after.Promotions, after.Announced));
        Assert.Equal(20, after.Machines);
        Assert.Equal((roles, paths, 0), (trio.Events(NodeA, "role-changed").Count, trio.Events(NodeA, "path-up").Count, trio.Events(NodeA, "path-down").Count));
        Assert.True(trio.Node(NodeB).InSync);
        Assert.Empty(trio.Events(NodeB, "path-down"));
        // It still does its work: machines are learned and synchronised, and the other node takes over.
        trio.Speak(NodeA, TestFrames.Tagged(TestFrames.Plain(MacAddress.Broadcast, Machine(50)), 10));
        trio.Run(Moment);
        Assert.Equal(21, trio.Node(NodeB).Machines);
        trio.Runs[NodeA] = false;
        trio.Run(Moment);
        Assert.Equal("active", trio.Node(NodeB).Role);
    }

    [Fact]
    public void A_reload_of_the_standby_keeps_its_table_and_its_port_closed()
    {
        using BridgeTrio trio = Settled();
        Know(trio, machines: 20);
        trio.Texts[NodeB] = trio.Texts[NodeB].Replace("peers: [", "ageingSeconds: 120, peers: [", StringComparison.Ordinal);
        trio.Reload(NodeB);
        Assert.Equal(("standby", 20, false), (trio.Node(NodeB).Role, trio.Node(NodeB).Machines, trio.Node(NodeB).Forwards));
        trio.Speak(NodeB, TestFrames.Tagged(TestFrames.Plain(MacAddress.Broadcast, Machine(60)), 10));
        trio.Run(TimeSpan.FromMilliseconds(2));
        Assert.Contains(trio.Switches[NodeB].Snapshot().Drops, drop => drop.Reason == "bridge-standby");
    }

    [Theory]
    [InlineData("priority: 200", "priority: 201")]
    [InlineData("bfdIntervalMilliseconds: 10", "bfdIntervalMilliseconds: 20")]
    [InlineData("vlan: 10, vni: 100", "vlan: 10, vni: 101")]
    public void A_reload_that_changes_what_the_node_is_built_of_starts_it_anew(string before, string after)
    {
        using BridgeTrio trio = Settled();
        uint epoch = trio.Node(NodeA).Epoch;
        trio.Texts[NodeA] = trio.Texts[NodeA].Replace(before, after, StringComparison.Ordinal);
        trio.Reload(NodeA);
        Assert.Equal("init", trio.Node(NodeA).Role);
        Assert.True(trio.Node(NodeA).Epoch > epoch);
    }

    [Fact]
    public void A_takeover_is_told_in_the_order_in_which_it_happens()
    {
        using BridgeTrio trio = Settled(Asks, Listens);
        long since = trio.Switches[NodeB].ReadEvents().Next;
        trio.Runs[NodeA] = false;
        trio.Run(Moment);
        string[] told = [.. trio.Switches[NodeB].ReadEvents(since).Events.Select(happened => $"{happened.Subject} {happened.Name} {string.Join(' ', happened.Fields.Values)}")];
        Assert.Equal("pair path-down overlay control-detection-time-expired silent", told[0]);
        Assert.Equal("pair path-down vlan control-detection-time-expired silent", told[1]);
        Assert.StartsWith("pair role-changed standby active peer-down ", told[2], StringComparison.Ordinal);
        Assert.Equal("pair hosts-asked repoint 1", told[3]);
    }

    [Fact]
    public void A_node_that_slept_fences_itself_before_it_forwards_another_frame_and_says_so()
    {
        using BridgeTrio trio = Settled();
        Know(trio, machines: 1);
        trio.Runs[NodeA] = false;
        trio.Run(TimeSpan.FromSeconds(1));
        trio.Vlan.Clear();
        // What waited at its ports while it slept, from both sides.
        trio.Speak(NodeA, TestFrames.Tagged(TestFrames.Plain(MacAddress.Broadcast, Machine(99)), 10));
        trio.Speak(HostSwitch, TestFrames.Plain(MacAddress.Broadcast, Talker));
        trio.Run(TimeSpan.FromMilliseconds(3));
        trio.Runs[NodeA] = true;
        trio.Run(TimeSpan.FromMilliseconds(1));
        Assert.Equal("woke-up", trio.Events(NodeA, "fenced")[^1].Fields["cause"]);
        Assert.DoesNotContain(trio.Vlan, crossed => crossed.From == NodeA && MacAddress.Read(crossed.Frame.AsSpan(6)) == Talker);
        trio.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(("standby", "active"), (trio.Node(NodeA).Role, trio.Node(NodeB).Role));
    }

    private static MacAddress Machine(int number) => new(0x0200_0000_5000UL + (uint)number);

    /// <summary>Machines behind the VLANs speak, so that the host knows them behind the active node.</summary>
    private static void Know(BridgeTrio trio, int machines)
    {
        for (int machine = 0; machine < machines; machine++)
        {
            byte[] frame = TestFrames.Tagged(TestFrames.Plain(MacAddress.Broadcast, Machine(machine)), 10);
            trio.Speak(NodeA, frame);
            trio.Speak(NodeB, frame);
        }

        trio.Run(Moment);
        Assert.Equal(machines, FdbOf(trio).Count);
        trio.Run(TimeSpan.FromSeconds(1));
        Assert.True(trio.Node(NodeB).InSync);
    }

    private static List<FdbEntrySnapshot> FdbOf(BridgeTrio trio) => [.. trio.Switches[HostSwitch].Snapshot().Fdb.Where(entry => entry.Peer is not null)];

    private static Dictionary<string, long> Drops(BridgeTrio trio) => trio.Switches[NodeB].Snapshot().Drops.GroupBy(drop => drop.Reason).ToDictionary(group => group.Key, group => group.Sum(drop => drop.Packets));

    private static bool IsUdp(byte[] frame, ushort port) => frame.Length > 42 && frame[12] == 8 && frame[13] == 0 && frame[23] == 17 && frame[36] == port >> 8 && frame[37] == (byte)port;

    private static bool IsRequest(byte[] frame) => IsUdp(frame, 8972);

    private static bool IsRarp(byte[] frame) => IsUdp(frame, 4789) && Inner(frame).Substring(24, 4) == "8035";

    private static string Inner(byte[] frame) => Hex(frame, 50, frame.Length - 50);

    private static string Hex(byte[] frame, int at, int length) => Convert.ToHexStringLower(frame.AsSpan(at, length));
}
