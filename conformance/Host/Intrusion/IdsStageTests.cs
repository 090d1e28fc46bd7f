using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Intrusion;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.IdsRig;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What sensors do with frames that a switch forwards.</summary>
public sealed class IdsStageTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_watching_sensor_alerts_and_lets_everything_through()
    {
        using var rig = new SwitchRig(Guarded(change: plan => plan with { IsInline = false }));
        rig.Pass(Web1, Udp(B, A, "an evil word"));
        Assert.Single(rig.Out(Web2));
        IdsSnapshot sensor = Assert.Single(rig.Switch.Snapshot().Ids);
        Assert.Equal(("alert", 3, 1L, 1L, 0L), (sensor.Mode, sensor.Rules, sensor.Inspected, sensor.Alerts, sensor.Dropped));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void An_inline_sensor_drops_before_any_copy_is_made_and_nothing_else()
    {
        using var rig = new SwitchRig(Guarded());
        rig.Pass(Web1, Udp(B, A, "an evil word"));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["ids-drop"]);
        rig.Pass(Web1, Udp(B, A, "a kind word", port: 4001));
        Assert.Single(rig.Out(Web2));
        Assert.Equal(1, rig.Switch.Snapshot().Ids[0].Dropped);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_sensor_of_a_port_inspects_what_a_router_sends_there()
    {
        SwitchPlan sensor = Guarded(change: plan => plan with { Ports = [Db] });
        using var rig = new SwitchRig(RouterPlans.Known() with { Ids = sensor.Ids });
        rig.Pass(Web1, IpFrames.Udp4(RouterPlans.BlueMac, A, "10.1.0.2", "10.2.0.2"));
        Assert.Single(rig.Out(Db));
        Assert.Equal(1, rig.Switch.Snapshot().Ids[0].Inspected);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(TcpFlags.Ack | TcpFlags.Psh, 5000u, 0u, TcpFlags.Rst)]
    [InlineData(TcpFlags.Psh, 0u, 1005u, TcpFlags.Rst | TcpFlags.Ack)]
    public void Rfc9293_Section3_10_7_1_A_rejected_segment_is_answered_by_the_reset_of_a_closed_port(TcpFlags flags, uint sequence, uint acknowledgment, TcpFlags answerFlags)
    {
        using var rig = new SwitchRig(Guarded());
        rig.Pass(Trunk, Tagged(Tcp(B, A, flags, "worse"), 10));
        byte[] answer = Assert.Single(rig.Out(Trunk));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["ids-reject"]);
        Assert.True(PacketLayout.TryParse(answer, out PacketLayout layout));
        Assert.True(TcpView.TryParse(answer.AsSpan(layout.L4Offset, layout.EndOffset - layout.L4Offset), out TcpView tcp));
        Assert.Equal((10, A, B), (layout.VlanId, MacAddress.Read(answer), MacAddress.Read(answer.AsSpan(6))));
        Assert.Equal(((ushort)80, (ushort)4000, answerFlags, sequence, acknowledgment), (tcp.SourcePort, tcp.DestinationPort, tcp.Flags, tcp.SequenceNumber, tcp.AcknowledgmentNumber));
        Assert.True(InternetChecksum.IsValid(answer.AsSpan(layout.L4Offset, layout.EndOffset - layout.L4Offset), InternetChecksum.PseudoHeader(Bob, Alice, IpProtocol.Tcp, TcpHeader.MinLength)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc9293_Section3_10_7_1_A_reset_is_not_answered()
    {
        using var rig = new SwitchRig(Guarded());
        rig.Pass(Web1, Tcp(B, A, TcpFlags.Rst, "worse"));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["ids-reject"]);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc1812_Section5_2_7_1_A_rejected_datagram_is_answered_by_communication_prohibited_with_its_header()
    {
        using var rig = new SwitchRig(Guarded());
        byte[] datagram = Udp(B, A, "bad!");
        rig.Pass(Web1, datagram);
        byte[] answer = Assert.Single(rig.Out(Web1));
        Assert.True(IcmpView.TryParse(answer.AsSpan(34), out IcmpView icmp));
        Assert.Equal((IcmpType.DestinationUnreachable, (byte)13), (icmp.Type, icmp.Code));
        Assert.Equal(datagram[14..], answer[42..]);
        Assert.True(InternetChecksum.IsValid(answer.AsSpan(34)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Answers_are_limited_and_group_frames_get_none()
    {
        using var rig = new SwitchRig(Guarded(change: plan => plan with { RejectsPerSecond = 3 }));
        for (ushort i = 0; i < 10; i++)
        {
            rig.Pass(Web1, Udp(B, A, "bad!", port: (ushort)(5000 + i)));
        }

        Assert.Equal(3, rig.Out(Web1).Count);
        rig.Wait(TimeSpan.FromSeconds(1)).Pass(Web1, Udp(Broadcast, A, "bad!", port: 6000));
        Assert.Empty(rig.AllOut());
        Assert.Equal(11, rig.Drops()["ids-reject"]);
        Assert.Equal(3, rig.Switch.Snapshot().Ids[0].Rejected);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void What_came_through_a_tunnel_is_rejected_through_it()
    {
        using var rig = new SwitchRig(Guarded());
        rig.Pass(Up0, FromPeer(Tcp(B, A, TcpFlags.Ack, "worse")));
        byte[] outer = Assert.Single(rig.Out(Up0));
        Assert.Empty(rig.AllOut());
        Assert.Equal(PeerMac, MacAddress.Read(outer));
        Assert.True(PacketLayout.TryParse(outer.AsSpan(50), out PacketLayout inner));
        Assert.Equal(IpProtocol.Tcp, inner.Protocol);
        Assert.Equal(A, MacAddress.Read(outer.AsSpan(50)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_scope_covers_what_reaches_its_port_segment_or_machine_and_nothing_else()
    {
        Assert.Equal(["web1", "web2 flooded"], Inspected(plan => plan with { Ports = [Web2] }));
        Assert.Equal(["web1", "web2 flooded", "trunk"], Inspected(plan => plan with { Segments = [0] }));
        Assert.Equal(["db"], Inspected(plan => plan with { Segments = [1] }));
        Assert.Equal(["web1", "web2 flooded"], Inspected(plan => plan with { Machines = [B] }));
        Assert.Equal(["web1", "web2 flooded", "trunk", "db"], Inspected(plan => plan));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_trace_names_the_rule_and_leaves_no_alert()
    {
        using var rig = new SwitchRig(Guarded());
        PacketTrace dropped = PacketTracer.Trace(rig.Switch.Plan, "web1", Udp(B, A, "an evil word"), rig.Switch.Snapshot());
        Assert.Equal("VERDICT dropped by ids: ids-drop (sensor guard: drop 1:1 \"evil\": drop)", dropped.Verdict);
        PacketTrace rejected = PacketTracer.Trace(rig.Switch.Plan, "web1", Tcp(B, A, TcpFlags.Ack, "worse"), rig.Switch.Snapshot());
        Assert.Equal("VERDICT dropped by ids: ids-reject (a TCP reset goes back to the sender)", rejected.Verdict);
        PacketTrace passed = PacketTracer.Trace(rig.Switch.Plan, "web1", Udp(B, A, "a kind word"), rig.Switch.Snapshot());
        Assert.Contains(passed.Lines, line => line.Stage == "ids" && line.Text == "sensor guard: none of 3 rules");
        Assert.Equal(0, rig.Switch.Snapshot().Ids[0].Alerts);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_new_configuration_keeps_conversations_and_counters_of_a_sensor_of_the_same_name()
    {
        const string Rules = "alert udp any any -> any any (content:\"knock\"; flowbits:set,k; sid:1;)";
        using var rig = new SwitchRig(Guarded(Rules));
        rig.Pass(Web1, Udp(B, A, "knock")).Pass(Web2, Udp(A, B, "who"));
        SwitchPlan next = Guarded("alert udp any any -> any any (flow:established; content:\"open\"; sid:9;)");
        rig.Switch.Apply(next, rig.Switch.Ports);
        rig.Pass(Web1, Udp(B, A, "open"));
        IdsSnapshot sensor = rig.Switch.Snapshot().Ids[0];
        Assert.Equal((3L, 2L), (sensor.Inspected, sensor.Alerts));
        rig.Switch.Apply(Guarded() with { Ids = [] }, rig.Switch.Ports);
        rig.Pass(Web1, Udp(B, A, "an evil word"));
        Assert.Contains(rig.AllOut(), line => line.StartsWith("web2", StringComparison.Ordinal));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Frames_alerts_drops_and_rejects_allocate_nothing()
    {
        using var folder = new CliTests.TemporaryFolder();
        using var rig = new SwitchRig(Guarded(change: plan => plan with { EvePath = folder.File("eve.json"), PcapPath = folder.File("bad.pcap") }));
        byte[][] frames = [Udp(B, A, "an evil word"), Udp(B, A, "nothing", 4001), Tcp(B, A, TcpFlags.Ack, "worse"), Udp(B, A, "bad!", 4002)];
        byte[] buffer = new byte[9000];
        Timestamp now = rig.Now;
        // What is written down is written by another thread with live ports; here the queues are larger than the run.
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                rig.Link(Web1).Right.TrySend(frames[i % frames.Length], now);
                now += TimeSpan.FromMilliseconds(1);
                rig.Switch.RunOnce(now);
                while (rig.Link(Web1).Right.TryReceive(buffer, now, out _) || rig.Link(Web2).Right.TryReceive(buffer, now, out _))
                {
                }
            }
        }));
    }

    private static List<string> Inspected(Func<IdsPlan, IdsPlan> scope)
    {
        SwitchPlan plan = Guarded(change: scope);
        // B is at web2; the trunk's frame goes to A at web1, so it concerns segment blue and neither web2 nor B.
        plan = plan.With(0, blue => blue with { StaticEntries = [new StaticMacPlan(B, Web2, null), new StaticMacPlan(A, Web1, null)] });
        (string, int, byte[])[] frames =
        [
            ("web1", Web1, Udp(B, A, "x")),
            ("web2 flooded", Web1, Udp(Broadcast, A, "x")),
            ("trunk", Trunk, Tagged(Udp(A, C, "x"), 10)),
            ("db", Db, Plain(C, MacAddress.Parse("02:00:00:00:00:0d"))),
        ];
        var inspected = new List<string>();
        using var rig = new SwitchRig(plan);
        foreach ((string name, int port, byte[] frame) in frames)
        {
            long before = rig.Switch.Snapshot().Ids[0].Inspected;
            rig.Pass(port, frame);
            if (rig.Switch.Snapshot().Ids[0].Inspected > before)
            {
                inspected.Add(name);
            }
        }

        return inspected;
    }
}
