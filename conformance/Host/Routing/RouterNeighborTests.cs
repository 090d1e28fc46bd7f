using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.IpFrames;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>How a router finds its neighbours, what it does for packets until it has, and what it answers for itself.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class RouterNeighborTests
{
    private const string From4 = "10.1.0.2", To4 = "10.2.0.2", From6 = "2001:db8:1::2", To6 = "2001:db8:2::2";

    [Fact]
    public void Rfc826_asks_for_the_neighbour_keeps_the_packet_and_sends_it_when_the_answer_comes()
    {
        using var rig = new SwitchRig(Plan());
        rig.Pass(Web1, Udp4(BlueMac, A, From4, To4));
        byte[] question = Assert.Single(rig.Out(Db));
        Assert.Equal(MacAddress.Broadcast, MacAddress.Read(question));
        Assert.Equal(Arp(1, Broadcast, GreenMac, IPv4Address.Parse("10.2.0.1"), default, IPv4Address.Parse(To4))[..42], question[..42]);
        Assert.Equal(1, rig.Switch.Totals.Held);

        rig.Pass(Db, Arp(2, GreenMac, B, IPv4Address.Parse(To4), GreenMac, IPv4Address.Parse("10.2.0.1")));
        byte[] routed = Assert.Single(rig.Out(Db));
        Assert.Equal((B, GreenMac, (byte)63), (MacAddress.Read(routed), MacAddress.Read(routed.AsSpan(6)), routed[22]));
        Assert.Equal(0, rig.Switch.Totals.Held);
    }

    [Fact]
    public void Rfc4861_Section7_2_asks_for_the_neighbour_and_sends_what_waited()
    {
        using var rig = new SwitchRig(Plan());
        rig.Pass(Web1, Udp6(BlueMac, A, From6, To6));
        byte[] question = Assert.Single(rig.Out(Db));
        Assert.Equal((58, 255, 135), (question[20], question[21], question[54]));
        Assert.True(AddsUp(question));
        rig.Pass(Db, Advertisement(GreenMac, B, To6, "2001:db8:2::1"));
        byte[] routed = Assert.Single(rig.Out(Db));
        Assert.Equal((B, (byte)63), (MacAddress.Read(routed), routed[21]));
    }

    [Fact]
    public void Rfc1812_Section5_2_7_1_says_host_unreachable_when_nobody_answered()
    {
        using var rig = new SwitchRig(Known());
        rig.Pass(Web1, Udp4(BlueMac, A, From4, "10.2.0.77")).Pass(Web1, Udp6(BlueMac, A, From6, "2001:db8:2::77"));
        rig.Wait(TimeSpan.FromSeconds(1.1)).Wait(TimeSpan.FromSeconds(1.1));
        Assert.Empty(rig.Out(Web1));
        rig.Wait(TimeSpan.FromSeconds(1.1));
        List<byte[]> errors = rig.Out(Web1);
        Assert.Contains(errors, error => error[12] == 8 && (error[34], error[35]) == (3, 1));
        // RFC 4443 section 3.1: code 3, address unreachable.
        Assert.Contains(errors, error => error[12] == 0x86 && (error[54], error[55]) == (1, 3));
        Assert.Equal(2, rig.Drops()["route-unresolved"]);
        Assert.Equal(0, rig.Switch.Totals.Held);
    }

    [Fact]
    public void Rfc1812_Section3_3_2_a_queue_for_a_silent_neighbour_is_bounded()
    {
        using var rig = new SwitchRig(Plan());
        for (int i = 0; i < 50; i++)
        {
            rig.Send(Web1, Udp4(BlueMac, A, From4, To4));
        }

        rig.Run();
        Assert.Equal(32, rig.Switch.Totals.Held);
        Assert.Equal(18, rig.Drops()["route-queue-full"]);
    }

    [Fact]
    public void Rfc6583_Section7_a_scan_of_the_network_does_not_push_out_neighbours_that_answer()
    {
        using var rig = new SwitchRig(Plan());
        rig.Pass(Web1, Udp4(BlueMac, A, From4, To4));
        rig.Pass(Db, Arp(2, GreenMac, B, IPv4Address.Parse(To4), GreenMac, IPv4Address.Parse("10.2.0.1")));
        rig.AllOut();
        for (int host = 10; host < 250; host++)
        {
            rig.Pass(Web1, Udp4(BlueMac, A, From4, $"10.2.0.{host}"));
        }

        rig.AllOut();
        rig.Pass(Web1, Udp4(BlueMac, A, From4, To4));
        Assert.Contains(rig.Out(Db), frame => MacAddress.Read(frame) == B && frame[22] == 63);
        Assert.Equal(64, rig.Switch.Snapshot().RouterNeighbors.Count(neighbor => neighbor is { Segment: "green", Address.IsIPv6: false }));
    }

    [Fact]
    public void Rfc826_answers_for_its_addresses_and_does_not_spread_the_question()
    {
        using var rig = new SwitchRig(Plan());
        rig.Pass(Web1, Arp(1, Broadcast, A, IPv4Address.Parse(From4), default, IPv4Address.Parse("10.1.0.1")));
        byte[] answer = Assert.Single(rig.Out(Web1));
        Assert.Equal(Arp(2, A, BlueMac, IPv4Address.Parse("10.1.0.1"), A, IPv4Address.Parse(From4))[..42], answer[..42]);
        Assert.Empty(rig.AllOut());
        // Of another segment's address it says nothing.
        rig.Pass(Web1, Arp(1, Broadcast, A, IPv4Address.Parse(From4), default, IPv4Address.Parse("10.2.0.1")));
        Assert.Empty(rig.Out(Web1));
        Assert.NotEmpty(rig.Out(Web2));
    }

    [Fact]
    public void Rfc826_answers_the_only_machine_of_a_segment()
    {
        SwitchPlan plan = Plan();
        using var rig = new SwitchRig(plan with { Ports = [plan.Ports[Web1]] });
        rig.Pass(Web1, Arp(1, Broadcast, A, IPv4Address.Parse(From4), default, IPv4Address.Parse("10.1.0.1")));
        Assert.Equal(A, MacAddress.Read(Assert.Single(rig.Out(Web1))));
        Assert.Empty(rig.Drops());
    }

    [Fact]
    public void Rfc4861_Section7_2_4_answers_solicitations_with_the_router_flag()
    {
        using var rig = new SwitchRig(Plan());
        rig.Pass(Web1, Solicitation(A, From6, "2001:db8:1::1"));
        byte[] answer = Assert.Single(rig.Out(Web1));
        // R, S and O.
        Assert.Equal((136, 0xE0), (answer[54], answer[58]));
        Assert.Equal(BlueMac, MacAddress.Read(answer.AsSpan(80)));
        Assert.True(AddsUp(answer));
        Assert.Empty(rig.AllOut());
    }

    [Fact]
    public void Rfc4291_Section2_8_every_interface_with_ipv6_has_an_address_of_the_link()
    {
        using var rig = new SwitchRig(Plan());
        rig.Pass(Web1, Solicitation(A, "fe80::a", "fe80::ff:fe00:fd01"));
        Assert.Equal(136, Assert.Single(rig.Out(Web1))[54]);
        rig.Pass(Web1, Echo6(BlueMac, A, "fe80::a", "fe80::ff:fe00:fd01"));
        rig.Pass(Web1, Advertisement(BlueMac, A, "fe80::a", "fe80::ff:fe00:fd01"));
        Assert.Contains(rig.Out(Web1), frame => frame[54] == 129 && AddsUp(frame));
    }

    [Fact]
    public void Rfc5227_a_claim_to_an_address_of_the_router_is_not_spread()
    {
        using var rig = new SwitchRig(Plan());
        rig.Pass(Web1, Arp(1, Broadcast, C, IPv4Address.Parse("10.1.0.1"), default, IPv4Address.Parse("10.1.0.1")));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["route-address-conflict"]);
    }

    [Fact]
    public void Rfc1812_Section4_3_3_6_answers_pings_to_every_one_of_its_addresses()
    {
        using var rig = new SwitchRig(Known());
        foreach (string own in new[] { "10.1.0.1", "10.2.0.1" })
        {
            rig.Pass(Web1, Echo4(BlueMac, A, From4, own));
            byte[] reply = Assert.Single(rig.Out(Web1));
            Assert.Equal((0, own, From4), (reply[34], IPv4Address.Read(reply.AsSpan(26)).ToString(), IPv4Address.Read(reply.AsSpan(30)).ToString()));
            Assert.Equal((A, BlueMac, (byte)64), (MacAddress.Read(reply), MacAddress.Read(reply.AsSpan(6)), reply[22]));
            Assert.True(AddsUp(reply));
            rig.AllOut();
        }

        foreach (string own in new[] { "2001:db8:1::1", "2001:db8:2::1" })
        {
            rig.Pass(Web1, Echo6(BlueMac, A, From6, own));
            byte[] reply = Assert.Single(rig.Out(Web1));
            Assert.Equal((129, own), (reply[54], IPv6Address.Read(reply.AsSpan(22)).ToString()));
            Assert.True(AddsUp(reply));
            rig.AllOut();
        }
    }

    [Fact]
    public void Rfc4443_Section2_4_pings_are_answered_at_a_limited_rate()
    {
        using var rig = new SwitchRig(Known());
        for (int i = 0; i < 200; i++)
        {
            rig.Send(Web1, Echo4(BlueMac, A, From4, "10.1.0.1"));
        }

        rig.Run();
        Assert.InRange(rig.Out(Web1).Count, 50, 60);
        Assert.InRange(rig.Drops()["route-echo-limited"], 140, 150);
    }

    [Theory]
    [InlineData(17, 3)]
    [InlineData(47, 2)]
    public void Rfc1122_Section3_2_2_1_says_that_it_has_no_such_service(byte protocol, byte code)
    {
        using var rig = new SwitchRig(Known());
        byte[] frame = Udp4(BlueMac, A, From4, "10.2.0.1", ttl: 1);
        frame[23] = protocol;
        FixHeader(frame);
        rig.Pass(Web1, frame);
        byte[] error = Assert.Single(rig.Out(Web1));
        Assert.Equal((3, code), (error[34], error[35]));
        Assert.Equal(1, rig.Drops()["route-service-missing"]);
    }

    [Fact]
    public void Rfc4443_Section3_4_names_the_field_of_the_unknown_protocol()
    {
        using var rig = new SwitchRig(Known());
        byte[] frame = Udp6(BlueMac, A, From6, "2001:db8:2::1");
        frame[20] = 47;
        rig.Pass(Web1, frame);
        byte[] error = Assert.Single(rig.Out(Web1));
        Assert.Equal((4, 1, 6), (error[54], error[55], error[61]));
    }

    [Fact]
    public void A_router_is_heard_by_another_router_of_the_segment()
    {
        SwitchPlan plan = Plan(Via("10.3.0.0/24", "10.2.0.254"));
        var second = new RouterPlan
        {
            Name = "r2",
            Interfaces =
            [
                new RouterInterfacePlan { Segment = 1, Mac = C, MtuBytes = 1500, Addresses = [Net("10.2.0.254/24")] },
                new RouterInterfacePlan { Segment = 0, Mac = B, MtuBytes = 1500, Addresses = [Net("10.3.0.1/24")] },
            ],
        };
        using var rig = new SwitchRig(plan with { Routers = [plan.Routers[0], second] });
        rig.Pass(Web1, Echo4(BlueMac, A, From4, "10.3.0.1"));
        // r2 answers r1's question and takes the ping; it has no way back.
        Assert.Equal(1, rig.Drops()["route-service-missing"]);
        Assert.Contains(rig.Switch.Snapshot().RouterNeighbors, neighbor => neighbor is { Router: "r1", State: "reachable" } && neighbor.Mac == C);
    }

    [Fact]
    public void A_reload_keeps_neighbours_and_packets_that_wait_for_them()
    {
        using var rig = new SwitchRig(Plan());
        rig.Pass(Web1, Udp4(BlueMac, A, From4, To4));
        rig.Pass(Db, Arp(2, GreenMac, B, IPv4Address.Parse(To4), GreenMac, IPv4Address.Parse("10.2.0.1")));
        rig.Pass(Web1, Udp4(BlueMac, A, From4, "10.2.0.9"));
        rig.AllOut();
        rig.Switch.Apply(Plan(Via("198.51.100.0/24", To4)), rig.Switch.Ports);
        Assert.Equal(1, rig.Switch.Totals.Held);
        rig.Pass(Db, Arp(2, GreenMac, C, IPv4Address.Parse("10.2.0.9"), GreenMac, IPv4Address.Parse("10.2.0.1")));
        Assert.Equal(C, MacAddress.Read(Assert.Single(rig.Out(Db))));
        Assert.Equal(0, rig.Switch.Totals.Held);
        rig.Pass(Web1, Udp4(BlueMac, A, From4, "198.51.100.9"));
        Assert.Equal(B, MacAddress.Read(Assert.Single(rig.Out(Db))));
        Assert.Contains(rig.Switch.Snapshot().Routes, route => route is { Prefix: "198.51.100.0/24", Kind: "via", Via: To4, Segment: "green" });
    }

    [Fact]
    public void What_a_router_sends_into_a_tunnel_and_takes_out_of_one_is_a_frame_like_any_other()
    {
        SwitchPlan with = Resolved();
        using var rig = new SwitchRig(Known() with { Vteps = with.Vteps, Segments = with.Segments });
        byte[] toPeer = Udp4(GreenMac, B, To4, From4);
        rig.Pass(Up0, FromPeer(Plain(Broadcast, A)));
        rig.AllOut();
        rig.Pass(Db, toPeer);
        byte[] outer = Assert.Single(rig.Out(Up0));
        Assert.Equal((A, BlueMac, (byte)63), (MacAddress.Read(outer.AsSpan(50)), MacAddress.Read(outer.AsSpan(56)), outer[72]));
        rig.Pass(Up0, FromPeer(Udp4(BlueMac, A, From4, To4)));
        Assert.Equal((B, (byte)63), (MacAddress.Read(Assert.Single(rig.Out(Db))), (byte)63));
    }
}
