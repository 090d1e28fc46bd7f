using System.Buffers.Binary;
using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.AclFrames;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What web1 sends is marked and metered.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class QosTests
{
    private const string OfA = "10.0.0.1", OfB = "10.0.0.2";

    private static readonly byte[] Datagram = [0x27, 0x0F, 0x27, 0x10, 0, 20, 0, 0, .. new byte[12]];

    [Fact]
    public void Code_points_are_rewritten_with_the_checksum_and_priorities_leave_in_tags()
    {
        using var rig = new SwitchRig(Marked(isTrusted: false, Rule("voice", IpProtocol.Udp, 46, 5)));
        rig.Pass(Web1, Ip(Broadcast, A, OfA, OfB, 17, Datagram, dscp: 10)).Pass(Web1, Ip(Broadcast, A, OfA, OfB, 6, [0x27, 0x0F, 0x27, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0], dscp: 10)).Pass(Web1, Ip(Broadcast, A, "2001:db8::1", "2001:db8::2", 17, Datagram, dscp: 3));
        List<byte[]> untagged = rig.Out(Web2), tagged = rig.Out(Trunk);
        Assert.Equal([46 << 2, 0], untagged.Take(2).Select(frame => (int)frame[15]));
        Assert.All(untagged.Take(2), frame => Assert.True(InternetChecksum.IsValid(frame.AsSpan(14, 20))));
        Assert.Equal(46, ((untagged[2][14] << 8 | untagged[2][15]) >> 6) & 63);
        Assert.Equal([5 << 13 | 10, 10, 5 << 13 | 10], tagged.Select(frame => (int)BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(14))));
        using var capture = new CaptureFile([.. untagged, .. tagged]);
        Assert.Empty(Tshark.Malformed(capture.FilePath));
        Assert.Equal(["46", "0", "46", "46", "0", "46"], Tshark.Fields(capture.FilePath, "", "ip.dsfield.dscp", "ipv6.tclass.dscp").Select(of => string.Concat(of)));
        // Congestion marks are the ends' own (RFC 3168).
        byte[] ecn = Ip(Broadcast, A, OfA, OfB, 17, Datagram);
        ecn[15] = 3;
        FixHeaderChecksum(ecn);
        Assert.Equal(46 << 2 | 3, rig.Pass(Web1, ecn).Out(Web2).Single()[15]);
        // Others are not touched.
        Assert.Equal(40, rig.Pass(Web2, Ip(Broadcast, B, OfB, OfA, 17, Datagram, dscp: 10)).Out(Web1).Single()[15]);
    }

    [Fact]
    public void Rfc2698_Colours_mark_and_red_is_dropped_per_port()
    {
        var meter = new QosMeterOptions { CommittedRate = 1000, CommittedBurst = 100, SecondRate = 1000, SecondBurst = 200, YellowDscp = 12 };
        using var rig = new SwitchRig(Marked(isTrusted: true, Rule("bulk", IpProtocol.Udp, 10) with { Meter = meter }));
        for (int i = 0; i < 6; i++)
        {
            rig.Pass(Web1, Ip(Broadcast, A, OfA, OfB, 17, new byte[30]));
        }

        Assert.Equal([10 << 2, 10 << 2, 12 << 2, 12 << 2], rig.Out(Web2).Select(frame => (int)frame[15]));
        Assert.Equal(2, rig.Drops()["qos-policed"]);
        QosRuleSnapshot shown = rig.Switch.Snapshot().Qos[0];
        Assert.Equal(("web1", "bulk", 2, 2, 2), (shown.Port, shown.Rule, shown.Green, shown.Yellow, shown.Red));
        // A reload is no new burst, and time is.
        rig.Switch.Apply(rig.Switch.Plan, rig.Switch.Ports);
        rig.Pass(Web1, Ip(Broadcast, A, OfA, OfB, 17, new byte[30]));
        Assert.Empty(rig.Out(Web2));
        rig.Wait(TimeSpan.FromSeconds(1)).Pass(Web1, Ip(Broadcast, A, OfA, OfB, 17, new byte[30]));
        Assert.Equal(10 << 2, Assert.Single(rig.Out(Web2))[15]);
        Assert.Equal((3, 3), (rig.Switch.Snapshot().Qos[0].Green, rig.Switch.Snapshot().Qos[0].Red));
        Assert.StartsWith("VERDICT forwarded", PacketTracer.Trace(rig.Switch.Plan, "web1", Ip(Broadcast, A, OfA, OfB, 17, new byte[30])).Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void Rfc2597_A_meter_that_sees_colours_makes_none_better()
    {
        var meter = new QosMeterOptions { Kind = MeterKind.ExcessRate, CommittedRate = 1_000_000, CommittedBurst = 100_000, SecondRate = 1_000_000, SecondBurst = 100_000, IsColorAware = true };
        using var rig = new SwitchRig(Marked(isTrusted: true, Rule("assured", IpProtocol.Udp) with { Meter = meter }));
        foreach (byte dscp in (byte[])[10, 12, 14, 46])
        {
            rig.Pass(Web1, Ip(Broadcast, A, OfA, OfB, 17, new byte[30], dscp: dscp));
        }

        QosRuleSnapshot shown = rig.Switch.Snapshot().Qos[0];
        Assert.Equal((2, 1, 1), (shown.Green, shown.Yellow, shown.Red));
    }

    [Fact]
    public void Rfc2983_Outer_headers_copy_the_code_point_or_have_their_own()
    {
        foreach ((byte? configured, int expected) in new (byte?, int)[] { (null, 46), ((byte)0, 0), ((byte)26, 26) })
        {
            SwitchPlan plan = Resolved();
            using var rig = new SwitchRig(plan with { Vteps = [plan.Vteps[0] with { Dscp = configured }] });
            byte[] outer = rig.Pass(Web1, Ip(Broadcast, A, OfA, OfB, 17, new byte[30], dscp: 46)).Out(Up0)[0];
            Assert.Equal((expected, 46), (outer[15] >> 2, outer[50 + 15] >> 2));
        }
    }

    [Fact]
    public void Rfc2983_Section3_Out_of_a_pipe_comes_the_inner_code_point_and_out_of_the_uniform_model_the_outer_one()
    {
        foreach ((DscpModel model, byte expected) in new[] { (DscpModel.Pipe, (byte)10), (DscpModel.Uniform, (byte)46) })
        {
            SwitchPlan plan = Resolved();
            using var rig = new SwitchRig(plan with { Vteps = [plan.Vteps[0] with { Dscp = null, DscpModel = model }] });
            foreach (byte[] inner in new[] { Ip(Broadcast, A, OfA, OfB, 17, Datagram, dscp: 10), Ip(Broadcast, A, "2001:db8::1", "2001:db8::2", 17, Datagram, dscp: 10), Plain(Broadcast, A) })
            {
                byte[] outer = Vxlan(inner, Vni, VtepMac, PeerMac, PeerAddress, TestPlans.VtepAddress);
                // The path changed the code point, and marked congestion of what is capable (RFC 6040).
                outer[15] = 46 << 2;
                FixHeaderChecksum(outer);
                byte[] came = rig.Pass(Up0, outer).Out(Web2)[0];
                if (inner[12] == 0x88)
                {
                    Assert.Equal(inner, came);
                    continue;
                }

                Assert.Equal(expected, (byte)((inner[12] == 0x08 ? came[15] >> 2 : (came[14] << 8 | came[15]) >> 6) & 63));
                Assert.True(inner[12] != 0x08 || InternetChecksum.IsValid(came.AsSpan(14, 20)));
            }
        }
    }

    [Fact]
    public void Changed_and_cut_packets_are_survived_and_nothing_is_allocated()
    {
        using var rig = new SwitchRig(Marked(isTrusted: false, Rule("voice", IpProtocol.Udp, 46, 5) with { Meter = new QosMeterOptions { CommittedRate = 100_000, CommittedBurst = 5000, SecondRate = 100_000, SecondBurst = 9000, YellowDscp = 1 } }));
        var random = new Random(816);
        byte[][] seeds = [Udp(Broadcast, A, OfA, OfB, 7, 80), Udp(Broadcast, A, "2001:db8::1", "2001:db8::2", 7, 80), Tagged(Udp(Broadcast, A, OfA, OfB, 7, 80), 10)];
        for (int round = 0; round < 3_000; round++)
        {
            byte[] frame = [.. seeds[random.Next(seeds.Length)]];
            for (int change = random.Next(4); change > 0; change--)
            {
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            rig.Pass(Web1, frame[..random.Next(14, frame.Length + 1)]).Wait(TimeSpan.FromMilliseconds(1));
            _ = rig.AllOut();
        }

        byte[] buffer = new byte[2000];
        Timestamp now = rig.Now;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                rig.Link(Web1).Right.TrySend(seeds[0], now);
                now += TimeSpan.FromMilliseconds(1);
                rig.Switch.RunOnce(now);
                for (int port = 0; port <= Up0; port++)
                {
                    while (rig.Link(port).Right.TryReceive(buffer, now, out _))
                    {
                    }
                }
            }
        }));
        Assert.True(rig.Switch.Totals.Balanced);
        using var off = new SwitchRig(Resolved());
        Assert.DoesNotContain(off.Switch.Snapshot().Stages, stage => stage.Name is "qos" or "span" or "mirror");
    }

    internal static SwitchPlan Marked(bool isTrusted, params QosRule[] rules) =>
        Resolved().WithPort(Web1, web => web with { Qos = 0 }) with { QosPolicies = [new QosPolicy("edge", rules, isTrusted)] };

    internal static QosRule Rule(string name, IpProtocol protocol, byte? dscp = null, byte? priority = null) =>
        new() { Name = name, Matches = [new PacketRule { Protocol = protocol }], Dscp = dscp, Priority = priority };
}
