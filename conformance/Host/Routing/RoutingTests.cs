using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.IpFrames;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Packets from segment to segment, by the requirements of RFC 1812 and RFC 8200.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class RoutingTests
{
    private const string From4 = "10.1.0.2", To4 = "10.2.0.2", From6 = "2001:db8:1::2", To6 = "2001:db8:2::2";

    [Fact]
    public void Rfc1812_Section5_3_1_forwards_with_one_hop_less_and_the_checksum_of_the_new_header()
    {
        using var rig = new SwitchRig(Known());
        byte[] frame = Udp4(BlueMac, A, From4, To4);
        rig.Pass(Web1, frame);

        byte[] routed = Out(rig, Db);
        Assert.Equal((B, GreenMac), (MacAddress.Read(routed), MacAddress.Read(routed.AsSpan(6))));
        Assert.Equal(63, routed[22]);
        Assert.True(AddsUp(routed));
        // Nothing else changed.
        (routed[22], routed[24], routed[25]) = (64, frame[24], frame[25]);
        Assert.Equal(frame[12..], routed[12..]);
    }

    [Fact]
    public void Rfc8200_Section3_forwards_ipv6_with_one_hop_less_and_nothing_else_changed()
    {
        using var rig = new SwitchRig(Known());
        byte[] frame = Udp6(BlueMac, A, From6, To6);
        rig.Pass(Web1, frame);

        byte[] routed = Out(rig, Db);
        Assert.Equal((B, GreenMac), (MacAddress.Read(routed), MacAddress.Read(routed.AsSpan(6))));
        frame[21]--;
        Assert.Equal(frame[12..], routed[12..]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Rfc1812_Section5_3_1_says_time_exceeded_where_the_hops_are_used_up(byte ttl)
    {
        using var rig = new SwitchRig(Known());
        byte[] frame = Udp4(BlueMac, A, From4, To4, ttl: ttl);
        rig.Pass(Web1, frame);

        byte[] error = Out(rig, Web1);
        Assert.Equal((11, 0), (error[34], error[35]));
        Assert.Equal(("10.1.0.1", From4), (Address(error, 26), Address(error, 30)));
        // RFC 1812 section 4.3.2.3: as much of the datagram as fits; section 4.3.2.5: precedence 6.
        Assert.Equal(frame[14..], error[42..]);
        Assert.Equal(0xC0, error[15]);
        Assert.True(AddsUp(error));
        Assert.Equal(1, rig.Drops()["route-hops-exceeded"]);
    }

    [Fact]
    public void Rfc4443_Section3_3_says_time_exceeded_where_the_hop_limit_is_used_up()
    {
        using var rig = new SwitchRig(Known());
        byte[] frame = Udp6(BlueMac, A, From6, To6, hops: 1);
        rig.Pass(Web1, frame);

        byte[] error = Out(rig, Web1);
        Assert.Equal((3, 0), (error[54], error[55]));
        Assert.Equal("2001:db8:1::1", IPv6Address.Read(error.AsSpan(22)).ToString());
        Assert.Equal(frame[14..], error[62..]);
        Assert.True(AddsUp(error));
    }

    [Fact]
    public void Rfc1812_Section5_2_4_3_the_longest_prefix_counts()
    {
        using var rig = new SwitchRig(Known(Ending("10.9.0.0/16", RouteAction.Blackhole), Via("10.9.8.0/24", To4), Ending("10.9.8.7/32", RouteAction.Prohibit), Via("0.0.0.0/0", From4)));
        rig.Pass(Web1, Udp4(BlueMac, A, From4, "10.9.8.6"));
        Assert.Equal(B, MacAddress.Read(Out(rig, Db)));
        rig.Pass(Web1, Udp4(BlueMac, A, From4, "10.9.7.6"));
        Assert.Empty(rig.AllOut());
        rig.Pass(Web1, Udp4(BlueMac, A, From4, "10.9.8.7"));
        byte[] error = Out(rig, Web1);
        // RFC 1812 section 5.2.7.1: code 13, communication administratively prohibited.
        Assert.Equal((3, 13), (error[34], error[35]));
        rig.Pass(Db, Udp4(GreenMac, B, To4, "198.51.100.1"));
        Assert.Equal(A, MacAddress.Read(Out(rig, Web1)));
    }

    [Fact]
    public void Rfc1812_Section5_2_7_1_says_network_unreachable_where_no_route_leads()
    {
        using var rig = new SwitchRig(Known());
        rig.Pass(Web1, Udp4(BlueMac, A, From4, "198.51.100.1"));
        byte[] error = Out(rig, Web1);
        Assert.Equal((3, 0), (error[34], error[35]));
        rig.Pass(Web1, Udp6(BlueMac, A, From6, "2001:db8:ffff::1"));
        error = Out(rig, Web1);
        Assert.Equal((1, 0), (error[54], error[55]));
        Assert.Equal(2, rig.Drops()["route-none"]);
    }

    [Theory]
    [InlineData("0.1.2.3", To4)]
    [InlineData("127.0.0.1", To4)]
    [InlineData("224.0.0.1", To4)]
    [InlineData("255.255.255.255", To4)]
    [InlineData("240.0.0.1", To4)]
    [InlineData("169.254.1.1", To4)]
    [InlineData(From4, "127.0.0.1")]
    [InlineData(From4, "224.0.0.5")]
    [InlineData(From4, "255.255.255.255")]
    [InlineData(From4, "169.254.9.9")]
    public void Rfc1812_Section5_3_7_martians_are_not_forwarded(string source, string destination)
    {
        using var rig = new SwitchRig(Known(Via("0.0.0.0/0", To4)));
        rig.Pass(Web1, Udp4(BlueMac, A, source, destination));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["route-martian"]);
    }

    [Theory]
    [InlineData("fe80::5", To6)]
    [InlineData("::", To6)]
    [InlineData("::1", To6)]
    [InlineData("ff02::1", To6)]
    [InlineData(From6, "fe80::7")]
    [InlineData(From6, "ff0e::1")]
    [InlineData(From6, "::1")]
    public void Rfc4291_Section2_5_6_addresses_of_the_link_and_the_like_stay_there(string source, string destination)
    {
        using var rig = new SwitchRig(Known(Via("::/0", To6)));
        rig.Pass(Web1, Udp6(BlueMac, A, source, destination));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["route-martian"]);
    }

    [Fact]
    public void Rfc1812_Section5_2_2_discards_damaged_headers_in_silence()
    {
        using var rig = new SwitchRig(Known());
        byte[] sum = Udp4(BlueMac, A, From4, To4);
        sum[24] ^= 1;
        byte[] length = Udp4(BlueMac, A, From4, To4);
        BinaryPrimitives.WriteUInt16BigEndian(length.AsSpan(16), 2000);
        FixHeader(length);
        byte[] version = Udp4(BlueMac, A, From4, To4);
        version[14] = 0x55;
        rig.Pass(Web1, sum).Pass(Web1, length).Pass(Web1, version);
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["route-header-checksum"]);
        Assert.Equal(2, rig.Drops()["route-malformed"]);
    }

    [Fact]
    public void Rfc2644_directed_broadcasts_are_not_forwarded()
    {
        using var rig = new SwitchRig(Known());
        rig.Pass(Web1, Udp4(BlueMac, A, From4, "10.2.0.255")).Pass(Web1, Udp4(BlueMac, A, From4, "10.2.0.0"));
        Assert.Empty(rig.AllOut());
        Assert.Equal(2, rig.Drops()["route-directed-broadcast"]);
    }

    [Theory]
    [InlineData(131)]
    [InlineData(137)]
    public void Rfc7126_Section4_3_source_routes_are_not_followed(byte option)
    {
        using var rig = new SwitchRig(Known());
        rig.Pass(Web1, Udp4(BlueMac, A, From4, To4, options: [option, 7, 4, 10, 2, 0, 9, 0]));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["route-source-route"]);
    }

    [Fact]
    public void Rfc1812_Section5_3_8_strict_reverse_path_believes_a_source_only_on_its_own_interface()
    {
        using var rig = new SwitchRig(Known(Via("198.51.100.0/24", To4)).WithInterface(0, at => at with { ReversePath = ReversePathMode.Strict }));
        rig.Pass(Web1, Udp4(BlueMac, A, "198.51.100.1", To4)).Pass(Web1, Udp4(BlueMac, A, "203.0.113.1", To4));
        Assert.Empty(rig.AllOut());
        Assert.Equal(2, rig.Drops()["route-reverse-path"]);
        rig.Pass(Web1, Udp4(BlueMac, A, From4, To4));
        _ = Out(rig, Db);
    }

    [Fact]
    public void Rfc3704_Section2_4_loose_reverse_path_asks_for_any_way_back()
    {
        using var rig = new SwitchRig(Known(Via("198.51.100.0/24", To4)).WithInterface(0, at => at with { ReversePath = ReversePathMode.Loose }));
        rig.Pass(Web1, Udp4(BlueMac, A, "203.0.113.1", To4)).Pass(Web1, Udp6(BlueMac, A, "2001:db8:9::1", To6));
        Assert.Empty(rig.AllOut());
        rig.Pass(Web1, Udp4(BlueMac, A, "198.51.100.1", To4));
        _ = Out(rig, Db);
    }

    [Fact]
    public void Rfc1191_Section4_a_packet_that_must_not_be_fragmented_is_refused_with_the_length_that_fits()
    {
        using var rig = new SwitchRig(Known().WithInterface(1, at => at with { MtuBytes = 1300 }));
        rig.Pass(Web1, Udp4(BlueMac, A, From4, To4, payload: 1300 - 28));
        _ = Out(rig, Db);
        rig.Pass(Web1, Udp4(BlueMac, A, From4, To4, payload: 1301 - 28));
        byte[] error = Out(rig, Web1);
        Assert.Equal((3, 4, 1300), (error[34], error[35], BinaryPrimitives.ReadUInt16BigEndian(error.AsSpan(40))));
        // RFC 1812 section 4.3.2.3: 576 bytes at most.
        Assert.Equal(14 + 576, error.Length);
        Assert.True(AddsUp(error));
        rig.Pass(Web1, Udp6(BlueMac, A, From6, To6, payload: 1301 - 48));
        error = Out(rig, Web1);
        Assert.Equal((2, 0, 1300u), (error[54], error[55], BinaryPrimitives.ReadUInt32BigEndian(error.AsSpan(58))));
        // RFC 4443 section 2.4 c: 1,280 bytes at most.
        Assert.Equal(14 + 1280, error.Length);
        Assert.True(AddsUp(error));
        Assert.Equal(2, rig.Drops()["route-too-big"]);
    }

    [Fact]
    public void Rfc791_Section3_2_a_packet_that_may_be_fragmented_is()
    {
        using var rig = new SwitchRig(Known().WithInterface(1, at => at with { MtuBytes = 600 }));
        byte[] frame = Udp4(BlueMac, A, From4, To4, payload: 1400, flags: 0);
        rig.Pass(Web1, frame);

        List<byte[]> fragments = rig.Out(Db);
        Assert.Equal([576, 576, 256], fragments.Select(fragment => fragment.Length - 34));
        Assert.Equal([0x2000, 0x2048, 0x0090], fragments.Select(fragment => BinaryPrimitives.ReadUInt16BigEndian(fragment.AsSpan(20))));
        Assert.All(fragments, fragment => Assert.True(AddsUp(fragment)));
        Assert.All(fragments, fragment => Assert.Equal((63, 0x1234), (fragment[22], BinaryPrimitives.ReadUInt16BigEndian(fragment.AsSpan(18)))));
        Assert.Equal(frame[34..], fragments.SelectMany(fragment => fragment[34..]).ToArray());
    }

    [Fact]
    public void Rfc1122_Section3_2_2_there_are_no_errors_about_errors_fragments_or_groups()
    {
        using var rig = new SwitchRig(Known());
        byte[] error = Udp4(BlueMac, A, From4, To4, ttl: 1);
        error[23] = 1;
        (error[34], error[35]) = (3, 1);
        FixHeader(error);
        byte[] later = Udp4(BlueMac, A, From4, To4, ttl: 1, flags: 0x0010);
        rig.Pass(Web1, error).Pass(Web1, later);
        Assert.Empty(rig.AllOut());
        Assert.Equal(2, rig.Drops()["route-hops-exceeded"]);
    }

    [Fact]
    public void Rfc1812_Section4_3_2_8_errors_are_limited()
    {
        using var rig = new SwitchRig(Known());
        for (int i = 0; i < 300; i++)
        {
            rig.Send(Web1, Udp4(BlueMac, A, From4, To4, ttl: 1));
        }

        rig.Run();
        Assert.InRange(rig.Out(Web1).Count, 1, 100);
        rig.Wait(TimeSpan.FromSeconds(1)).Pass(Web1, Udp4(BlueMac, A, From4, To4, ttl: 1));
        _ = Out(rig, Web1);
    }

    [Fact]
    public void Rfc1812_Section5_2_1_a_tagged_frame_is_routed_to_an_untagged_port_and_back()
    {
        using var rig = new SwitchRig(Known());
        // Teaches the bridge where A is.
        rig.Pass(Trunk, Tagged(Plain(Broadcast, A), 10));
        rig.AllOut();
        rig.Pass(Trunk, Tagged(Udp4(BlueMac, A, From4, To4), 10));
        byte[] routed = Assert.Single(rig.Out(Db));
        Assert.Equal((byte)63, routed[22]);
        rig.AllOut();
        rig.Pass(Db, Udp4(GreenMac, B, To4, From4));
        byte[] back = Assert.Single(rig.Out(Trunk));
        Assert.Equal(0x8100, BinaryPrimitives.ReadUInt16BigEndian(back.AsSpan(12)));
        Assert.Equal(10, BinaryPrimitives.ReadUInt16BigEndian(back.AsSpan(14)) & 0xFFF);
        Assert.Equal((A, BlueMac), (MacAddress.Read(back), MacAddress.Read(back.AsSpan(6))));
    }

    [Fact]
    public void Routers_know_nothing_of_each_other_so_their_networks_may_overlap()
    {
        SwitchPlan plan = Known();
        RouterPlan other = plan.Routers[0] with
        {
            Name = "r2",
            Interfaces = [.. plan.Routers[0].Interfaces.Select(at => at with { Mac = new MacAddress(at.Mac.Value + 0x100), StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [At(To4)] = C } })],
        };
        using var rig = new SwitchRig(plan with { Routers = [plan.Routers[0], other] });
        rig.Pass(Web1, Udp4(BlueMac, A, From4, To4));
        Assert.Equal(B, MacAddress.Read(Out(rig, Db)));
        rig.Pass(Web1, Udp4(other.Interfaces[0].Mac, A, From4, To4));
        Assert.Equal(C, MacAddress.Read(Out(rig, Db)));
    }

    [Fact]
    public void A_trace_says_which_route_was_taken_and_why()
    {
        SwitchPlan plan = Known(Via("198.51.100.0/24", To4));
        PacketTrace trace = PacketTracer.Trace(plan, "web1", Udp4(BlueMac, A, From4, "198.51.100.7"));
        Assert.Contains(trace.Lines, line => line is { Stage: "route", Text: "in by r1/blue, to 198.51.100.7: 198.51.100.0/24 via 10.2.0.2" });
        Assert.Contains("db", trace.SentTo);
        trace = PacketTracer.Trace(plan, "web1", Udp4(BlueMac, A, From4, "203.0.113.1"));
        Assert.Contains(trace.Lines, line => line is { Stage: "route", Text: "tells 10.1.0.2: network unreachable" });
        Assert.Contains(trace.Lines, line => line is { Stage: "route", Text: "drop: route-none" });
    }

    private static byte[] Out(SwitchRig rig, int port)
    {
        byte[] frame = Assert.Single(rig.Out(port));
        rig.AllOut();
        return frame;
    }

    private static string Address(byte[] frame, int at) => IPv4Address.Read(frame.AsSpan(at)).ToString();
}
