using System.Text;
using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;
using static Weft.Conformance.BridgeTests.LldpFrames;

namespace Weft.Conformance.BridgeTests;

/// <summary>Link layer discovery by the clauses of IEEE 802.1AB, with lldpd's bytes coming in and tshark reading those that go out.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class LldpAgentTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("06:57:00:00:00:01");
    private static readonly Timestamp Start = Timestamp.FromSeconds(1000);
    private SentFrames _sent = new();

    [Fact]
    public void What_lldpd_says_is_understood()
    {
        LldpAgent agent = Agent();
        Assert.Equal(LldpVerdict.Added, agent.Receive(0, OfLldpd, Start, out LldpNeighbor? heard));
        Assert.Equal((4, "3652721300B5"), (heard!.ChassisSubtype, Convert.ToHexString(heard.Chassis)));
        Assert.Equal((3, "3652721300B5"), (heard.PortSubtype, Convert.ToHexString(heard.Port)));
        Assert.Equal(("vm", "a peer", "e0"), (Encoding.UTF8.GetString(heard.SystemName), Encoding.UTF8.GetString(heard.SystemDescription), Encoding.UTF8.GetString(heard.PortDescription)));
        Assert.Equal((0x009C, 0x0080), (heard.Capabilities, heard.EnabledCapabilities));
        Assert.Equal((2, "FE80000000000000345272FFFE1300B5"), (heard.ManagementFamily, Convert.ToHexString(heard.ManagementAddress)));
        Assert.Equal((120, Start + TimeSpan.FromSeconds(120)), (heard.TimeToLive, heard.Expires));
        // Link aggregation and MAC/PHY status of IEEE 802.3 are not used here.
        Assert.Equal(2, agent.Counters(0).TlvsUnrecognized);
        Assert.Equal(LldpVerdict.Refreshed, agent.Receive(0, OfLldpd, Start, out _));
    }

    [Fact]
    public void Ieee8021AB_Clause8_5_Every_TLV_that_the_agent_sends_is_read_by_tshark_as_it_was_meant()
    {
        Tshark.Need();
        LldpAgent agent = Agent();
        Advance(agent, Start);
        using var capture = new CaptureFile(Sent(0));
        Assert.Empty(Tshark.Malformed(capture.FilePath));
        string[] fields = Assert.Single(Tshark.Fields(
            capture.FilePath, "lldp", "eth.dst", "lldp.chassis.id.mac", "lldp.port.id", "lldp.time_to_live", "lldp.port.desc", "lldp.tlv.system.name", "lldp.tlv.system.desc", "lldp.tlv.system_cap", "lldp.mgn.addr.ip4", "lldp.ieee.802_1.port_vlan.id", "lldp.ieee.802_3.max_frame_size"));
        Assert.Equal(
            ["01:80:c2:00:00:0e", "06:57:00:00:00:01", "web1", "121", "a rack", "weft", "a switch", "0x0014", "192.0.2.1", "10", "1522"],
            fields);
    }

    [Fact]
    public void Ieee8021AB_Clause9_2_Frames_come_every_interval_four_come_fast_for_a_new_neighbour_and_credit_bounds_both()
    {
        LldpAgent agent = Agent();
        Advance(agent, Start);
        Assert.Single(Sent(0));
        Advance(agent, Start + TimeSpan.FromSeconds(29));
        Assert.Empty(Sent(0));
        Advance(agent, Start + TimeSpan.FromSeconds(30));
        Assert.Single(Sent(0));
        Timestamp now = Start + TimeSpan.FromSeconds(35);
        _ = agent.Receive(0, OfLldpd, now, out _);
        int fast = 0;
        for (int tick = 0; tick < 50; tick++, now += TimeSpan.FromMilliseconds(100))
        {
            Advance(agent, now);
            fast += Sent(0).Count;
        }

        Assert.Equal(LldpAgent.FastFrames, fast);
        // Ever new neighbours do not make it speak faster than its credit: five at once and one a second.
        int hurried = 0;
        for (int tick = 0; tick < 100; tick++, now += TimeSpan.FromMilliseconds(100))
        {
            _ = agent.Receive(0, Neighbor((byte)tick, ttl: 1), now, out _);
            Advance(agent, now);
            hurried += Sent(0).Count;
        }

        Assert.InRange(hurried, 8, 16);
    }

    [Fact]
    public void Ieee8021AB_Clause9_2_5_22_The_time_to_live_is_interval_times_hold_and_one_second()
    {
        LldpAgent agent = Agent(options => options with { Interval = TimeSpan.FromSeconds(3600), Hold = 100 });
        Advance(agent, Start);
        byte[] frame = Sent(0)[0];
        int at = frame.AsSpan().IndexOf(new byte[] { 0x06, 0x02 });
        Assert.Equal(ushort.MaxValue, (frame[at + 2] << 8) | frame[at + 3]);
    }

    [Fact]
    public void A_neighbour_that_falls_silent_is_forgotten_when_its_time_to_live_ends_and_not_before()
    {
        LldpAgent agent = Agent();
        _ = agent.Receive(0, Neighbor(ttl: 60), Start, out _);
        var lost = new List<byte>();
        agent.Advance(Start + TimeSpan.FromSeconds(59.9), ref _sent, known => lost.Add(known.Chassis[^1]));
        Assert.Single(agent.Neighbors(0));
        Assert.Empty(lost);
        agent.Advance(Start + TimeSpan.FromSeconds(60), ref _sent, known => lost.Add(known.Chassis[^1]));
        Assert.Empty(agent.Neighbors(0));
        Assert.Equal([1], lost);
        Assert.Equal(1, agent.Counters(0).AgedOut);
    }

    [Fact]
    public void A_time_to_live_of_zero_is_a_good_bye()
    {
        LldpAgent agent = Agent();
        _ = agent.Receive(0, Neighbor(), Start, out _);
        Assert.Equal(LldpVerdict.Removed, agent.Receive(0, Neighbor(ttl: 0), Start, out _));
        Assert.Empty(agent.Neighbors(0));
        Assert.Equal(LldpVerdict.Refreshed, agent.Receive(0, Neighbor(ttl: 0), Start, out _));
        agent.Shutdown(port: -1, ref _sent);
        (int port, byte[] frame) = Assert.Single(_sent.Take());
        Assert.Equal(0, port);
        Assert.Equal(LldpVerdict.Refreshed, Agent().Receive(0, frame, Start, out _));
    }

    [Fact]
    public void A_neighbour_that_says_something_else_has_changed()
    {
        LldpAgent agent = Agent();
        _ = agent.Receive(0, Neighbor(more: [Text(5, "left")]), Start, out _);
        Assert.Equal(LldpVerdict.Changed, agent.Receive(0, Neighbor(more: [Text(5, "right")]), Start, out LldpNeighbor? heard));
        Assert.Equal("right", Encoding.UTF8.GetString(heard!.SystemName));
        Assert.Equal(LldpVerdict.Added, agent.Receive(0, Neighbor(port: "eth1"), Start, out _));
        Assert.Equal(2, agent.Neighbors(0).Count());
    }

    [Fact]
    public void Neighbours_beyond_the_quota_are_refused_and_those_that_are_known_stay()
    {
        LldpAgent agent = Agent(options => options with { MaxNeighborsPerPort = 2 });
        _ = agent.Receive(0, Neighbor(1), Start, out _);
        _ = agent.Receive(0, Neighbor(2), Start, out _);
        Assert.Equal(LldpVerdict.TooManyNeighbors, agent.Receive(0, Neighbor(3), Start, out _));
        Assert.Equal(LldpVerdict.Refreshed, agent.Receive(0, Neighbor(1), Start, out _));
        Assert.Equal((1, 1), (agent.Counters(0).TooManyNeighbors, agent.Counters(0).Discarded));
    }

    public static TheoryData<string, byte[]> BadUnits => new()
    {
        { "no TLV at all", Frame() },
        { "an end before the mandatory ones", Frame(End) },
        { "no port ID", Frame(Chassis(), Ttl(), End) },
        { "no time to live", Frame(Chassis(), Port(), End) },
        { "port before chassis", Frame(Port(), Chassis(), Ttl(), End) },
        { "something between the mandatory ones", Frame(Chassis(), Text(5, "x"), Port(), Ttl(), End) },
        { "two chassis IDs", Frame(Chassis(), Port(), Ttl(), Chassis(), End) },
        { "two port IDs", Frame(Chassis(), Port(), Ttl(), Port("eth1"), End) },
        { "two times to live", Frame(Chassis(), Port(), Ttl(), Ttl(), End) },
        { "a chassis ID without content", Frame(Tlv(1, 4), Port(), Ttl(), End) },
        { "a chassis ID that is too long", Frame(Tlv(1, new byte[257]), Port(), Ttl(), End) },
        { "a time to live of one octet", Frame(Chassis(), Port(), Tlv(3, 1), End) },
        { "a port ID beyond the frame", Frame(Chassis(), [4, 200, 5]) },
    };

    [Theory]
    [MemberData(nameof(BadUnits))]
    public void Ieee8021AB_Clause9_2_7_7_Units_with_a_damaged_mandatory_TLV_are_discarded(string what, byte[] frame)
    {
        LldpAgent agent = Agent();
        Assert.True(agent.Receive(0, frame, Start, out _) == LldpVerdict.Malformed, what);
        Assert.Empty(agent.Neighbors(0));
        Assert.Equal(1, agent.Counters(0).Discarded);
    }

    public static TheoryData<string, byte[]> BadOptional => new()
    {
        { "a second system name", Frame(Chassis(), Port(), Ttl(), Text(5, "one"), Text(5, "two"), End) },
        { "capabilities of three octets", Frame(Chassis(), Port(), Ttl(), Text(5, "one"), Tlv(7, 0, 4, 0), End) },
        { "a management address of no octet", Frame(Chassis(), Port(), Ttl(), Text(5, "one"), Tlv(8, 1, 1, 2, 0, 0, 0, 0, 0), End) },
        { "an organization of three octets", Frame(Chassis(), Port(), Ttl(), Text(5, "one"), Tlv(127, 0, 0x80, 0xC2), End) },
    };

    [Theory]
    [MemberData(nameof(BadOptional))]
    public void A_damaged_optional_TLV_is_left_out_and_the_rest_is_taken(string what, byte[] frame)
    {
        LldpAgent agent = Agent();
        Assert.True(agent.Receive(0, frame, Start, out LldpNeighbor? heard) == LldpVerdict.Added, what);
        Assert.Equal("one", Encoding.UTF8.GetString(heard!.SystemName));
        Assert.Equal((1, 1), (agent.Counters(0).TlvsDiscarded, agent.Counters(0).InErrors));
    }

    [Theory]
    [InlineData("01:80:c2:00:00:0e", true)]
    [InlineData("01:80:c2:00:00:03", true)]
    [InlineData("01:80:c2:00:00:00", true)]
    [InlineData("01:80:c2:00:00:02", false)]
    [InlineData("ff:ff:ff:ff:ff:ff", false)]
    public void Ieee8021AB_Table7_1_Three_groups_are_LLDP(string destination, bool isLldp)
    {
        byte[] frame = Neighbor();
        MacAddress.Parse(destination).Write(frame);
        Assert.Equal(isLldp, LldpAgent.IsLldp(frame));
    }

    [Fact]
    public void A_port_that_does_not_receive_does_not_listen_and_one_that_does_not_transmit_is_silent()
    {
        LldpAgent agent = Agent();
        Assert.Equal(LldpVerdict.Disabled, agent.Receive(1, OfLldpd, Start, out _));
        Advance(agent, Start + TimeSpan.FromSeconds(100));
        Assert.Empty(Sent(1));
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Assert.Contains("Interval", Assert.Throws<ArgumentException>(() => Agent(options => options with { Interval = TimeSpan.Zero })).Message);
        Assert.Contains("SystemName", Assert.Throws<ArgumentException>(() => Agent(options => options with { SystemName = new string('x', 256) })).Message);
        Assert.Contains("Chassis", Assert.Throws<ArgumentException>(() => Agent(options => options with { Chassis = MacAddress.Broadcast })).Message);
    }

    private static LldpAgent Agent(Func<LldpAgentOptions, LldpAgentOptions>? change = null)
    {
        var options = new LldpAgentOptions
        {
            Ports =
            [
                new LldpPortOptions { Name = "web1", Mac = Mac, Transmits = true, Receives = true, Description = "a rack", Pvid = 10, MaxFrameBytes = 1522 },
                new LldpPortOptions { Name = "web2", Mac = Mac },
            ],
            Chassis = Mac,
            SystemName = "weft",
            SystemDescription = "a switch",
            IsRouter = true,
            ManagementAddress4 = IPv4Address.Parse("192.0.2.1"),
            Start = Start,
        };
        return new LldpAgent(change is null ? options : change(options));
    }

    private void Advance(LldpAgent agent, Timestamp now) => agent.Advance(now, ref _sent);

    private List<byte[]> Sent(int port) => [.. _sent.Take().Where(sent => sent.Port == port).Select(sent => sent.Frame)];
}
