using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.IpFrames;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>A router that answers ARP and neighbour solicitations for others, and for whom it never does.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class ProxyNeighborTests
{
    private const string Asker = "10.1.0.2", Asker6 = "2001:db8:1::2";

    [Fact]
    public void Rfc1027_Section2_1_A_machine_without_a_gateway_is_told_the_routers_address_for_what_it_has_a_route_to()
    {
        using var rig = new SwitchRig(Proxying(ProxyMode.Routed, Via("10.9.0.0/16", "10.2.0.2"), Ending("10.8.0.0/16", RouteAction.Unreachable)));
        foreach (string target in new[] { "10.2.0.2", "10.9.1.1" })
        {
            byte[] answer = Assert.Single(rig.Pass(Web1, Question(target)).Out(Web1));
            Assert.Equal((A, BlueMac, 2), (MacAddress.Read(answer), MacAddress.Read(answer.AsSpan(6)), answer[21]));
            Assert.Equal((BlueMac, target, A, Asker), (MacAddress.Read(answer.AsSpan(22)), IPv4Address.Read(answer.AsSpan(28)).ToString(), MacAddress.Read(answer.AsSpan(32)), IPv4Address.Read(answer.AsSpan(38)).ToString()));
        }

        // What it does, it does instead of flooding; what it cannot reach, and what is on this link, is none of its business.
        Assert.Empty(rig.AllOut());
        foreach (string target in new[] { "10.8.0.1", "192.0.2.9", "10.1.0.9" })
        {
            Assert.Empty(rig.Pass(Web1, Question(target)).Out(Web1));
            Assert.NotEmpty(rig.Out(Web2));
        }

        Assert.Equal(2, rig.Switch.Snapshot().RouterInterfaces[0].Proxied);
        // And it forwards what it is then sent.
        rig.Pass(Web1, Udp4(BlueMac, A, Asker, "10.2.0.2"));
        Assert.Contains(rig.Out(Db), frame => MacAddress.Read(frame) == B);
    }

    [Fact]
    public void Rfc4861_Section7_2_8_A_proxied_advertisement_does_not_override()
    {
        using var rig = new SwitchRig(Proxying(ProxyMode.Routed));
        byte[] answer = Assert.Single(rig.Pass(Web1, Solicitation(A, Asker6, "2001:db8:2::2")).Out(Web1));
        // R and S, and no O.
        Assert.Equal((136, 0xC0), (answer[54], answer[58]));
        Assert.Equal((A, BlueMac, BlueMac), (MacAddress.Read(answer), MacAddress.Read(answer.AsSpan(6)), MacAddress.Read(answer.AsSpan(80))));
        Assert.True(AddsUp(answer));
        using var capture = new CaptureFile([answer]);
        Assert.Empty(Tshark.Malformed(capture.FilePath));
        Assert.Equal(["2001:db8:2::2", "0", "1", "1"], Tshark.Fields(capture.FilePath, "", "icmpv6.nd.na.target_address", "icmpv6.nd.na.flag.o", "icmpv6.nd.na.flag.r", "icmpv6.nd.na.flag.s")[0]);
    }

    [Fact]
    public void Rfc5227_Section2_1_1_Probes_and_announcements_are_never_answered_for_others()
    {
        using var rig = new SwitchRig(Proxying(ProxyMode.Local));
        byte[] probe = Arp(1, Broadcast, A, default, default, IPv4Address.Parse("10.1.0.9"));
        byte[] announcement = Arp(1, Broadcast, A, IPv4Address.Parse("10.1.0.9"), default, IPv4Address.Parse("10.1.0.9"));
        byte[] duplicate = Solicitation(A, "::", "2001:db8:1::9");
        byte[] stranger = Arp(1, Broadcast, A, IPv4Address.Parse("192.0.2.7"), default, IPv4Address.Parse("10.1.0.9"));
        byte[] spoken = Arp(1, Broadcast, C, IPv4Address.Parse(Asker), default, IPv4Address.Parse("10.1.0.9"));
        A.Write(spoken.AsSpan(6));
        foreach (byte[] frame in new[] { probe, announcement, duplicate, stranger, spoken })
        {
            Assert.Empty(rig.Pass(Web1, frame).Out(Web1));
        }

        Assert.Equal(0, rig.Switch.Snapshot().RouterInterfaces[0].Proxied);
    }

    [Fact]
    public void With_local_machines_of_one_segment_reach_each_other_through_the_router_alone()
    {
        using var rig = new SwitchRig(Proxying(ProxyMode.Local).WithInterface(0, at => at with { StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [At("10.1.0.9")] = C, [At("2001:db8:1::9")] = C } }));
        Assert.Equal(BlueMac, MacAddress.Read(Assert.Single(rig.Pass(Web1, Question("10.1.0.9")).Out(Web1)).AsSpan(22)));
        Assert.Equal(BlueMac, MacAddress.Read(Assert.Single(rig.Pass(Web1, Solicitation(A, Asker6, "2001:db8:1::9")).Out(Web1)).AsSpan(80)));
        Assert.Empty(rig.Out(Web2));
        rig.Pass(Web2, Plain(BlueMac, C));
        byte[] forwarded = Assert.Single(rig.Pass(Web1, Udp4(BlueMac, A, Asker, "10.1.0.9")).Out(Web2));
        Assert.Equal((C, BlueMac, 63), (MacAddress.Read(forwarded), MacAddress.Read(forwarded.AsSpan(6)), forwarded[22]));
        // Neighbour caches ask the router alone whether it still is.
        byte[] direct = Question("10.1.0.9");
        BlueMac.Write(direct);
        Assert.Equal(2, Assert.Single(rig.Pass(Web1, direct).Out(Web1))[21]);
        // Link-local addresses are the machines' own affair.
        Assert.Empty(rig.Pass(Web1, Solicitation(A, "fe80::a", "fe80::c")).Out(Web1));
    }

    [Fact]
    public void A_tagged_question_is_answered_with_its_tag_and_a_trace_says_why()
    {
        using var rig = new SwitchRig(Proxying(ProxyMode.Routed));
        byte[] answer = Assert.Single(rig.Pass(Trunk, Tagged(Question("10.2.0.2"), 10)).Out(Trunk));
        Assert.Equal((0x81, 10, 2), (answer[12], answer[15], answer[25]));
        PacketTrace trace = PacketTracer.Trace(rig.Switch.Plan, "web1", Question("10.2.0.2"));
        Assert.Contains(trace.Lines, line => line.Text.Contains("answered for 10.2.0.2, which is reached through r1/blue", StringComparison.Ordinal));
    }

    [Fact]
    public void Changed_and_cut_questions_are_survived_with_several_workers_and_books_balance()
    {
        using var rig = new SwitchRig(Proxying(ProxyMode.Local) with { Workers = 2 });
        var random = new Random(1027);
        byte[][] seeds = [Question("10.2.0.2"), Solicitation(A, Asker6, "2001:db8:2::2"), Tagged(Question("10.1.0.9"), 10)];
        for (int round = 0; round < 2_000; round++)
        {
            byte[] frame = [.. seeds[random.Next(seeds.Length)]];
            for (int change = random.Next(4); change > 0; change--)
            {
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            rig.Pass(Web1, frame[..random.Next(14, frame.Length + 1)]);
            _ = rig.AllOut();
        }

        Assert.True(rig.Switch.Totals.Balanced);
    }

    private static SwitchPlan Proxying(ProxyMode mode, params RoutePlan[] routes) => Known(routes).WithInterface(0, at => at with { Proxy = mode });

    private static byte[] Question(string target) => Arp(1, Broadcast, A, IPv4Address.Parse(Asker), default, IPv4Address.Parse(target));
}
