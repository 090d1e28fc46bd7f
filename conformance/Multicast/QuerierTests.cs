using Weft.Conformance.Support;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

[Trait(Kind.Key, Kind.Rfc)]
public sealed class QuerierTests
{
    private const string Group = "239.1.1.1";

    [Fact]
    public void Rfc3376_Section8_6_A_querier_starts_with_two_queries_a_quarter_interval_apart()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying);
        var times = new List<double>();
        for (double at = 0; at < 300; at += 0.25)
        {
            bed.WaitUntil(at);
            times.AddRange(bed.Queries.Where(query => query.Frame[12] == 8).Select(_ => at));
            bed.Queries.Clear();
        }

        Assert.Equal([0, 31.25, 156.25, 281.25], times);
    }

    [Fact]
    public void Rfc3376_Section4_1_The_general_query_is_the_vector_of_the_standard()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying);
        bed.WaitUntil(0);
        byte[] query = bed.Queries.Single(one => one.Frame[12] == 8).Frame;
        Assert.Equal("1164EC1E00000000027D0000", Convert.ToHexString(query[38..]));
        Assert.Equal("01005E000001", Convert.ToHexString(query[..6]));
        Assert.True(IPv4View.TryParse(query.AsSpan(14), out IPv4View ip) && ip.IsChecksumValid && ip.TimeToLive == 1 && ip.HeaderLength == 24);
    }

    [Fact]
    public void Rfc3376_Section6_6_2_The_lowest_address_queries_until_it_is_silent()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying);
        bed.WaitUntil(1);
        _ = bed.Send(1, ControlFrames.QueryV3("0.0.0.0", "192.0.2.101"));
        Assert.True(bed.Snooper.IsQuerier(0, isIPv6: false));
        _ = bed.Send(1, ControlFrames.QueryV3("0.0.0.0", "192.0.2.99"));
        Assert.False(bed.Snooper.IsQuerier(0, isIPv6: false));
        Assert.True(bed.Snooper.IsQuerier(0, isIPv6: true));
        bed.WaitUntil(255.9);
        Assert.False(bed.Snooper.IsQuerier(0, isIPv6: false));
        bed.WaitUntil(256.1);
        Assert.True(bed.Snooper.IsQuerier(0, isIPv6: false));
        Assert.False(bed.Snooper.IsRouterPort(0, 1, isIPv6: false));
    }

    [Fact]
    public void Rfc4541_Section2_1_1_A_query_from_nobody_makes_no_router_port()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying);
        Assert.Equal(SnoopResult.Flood, bed.Send(1, ControlFrames.QueryV3("0.0.0.0", "0.0.0.0")));
        Assert.False(bed.Snooper.IsRouterPort(0, 1, isIPv6: false));
        Assert.True(bed.Snooper.IsQuerier(0, isIPv6: false));
        _ = bed.Send(1, ControlFrames.QueryV3("0.0.0.0", "192.0.2.3"));
        Assert.True(bed.Snooper.IsRouterPort(0, 1, isIPv6: false));
        Assert.False(bed.Snooper.IsRouterPort(0, 1, isIPv6: true));
    }

    [Fact]
    public void Rfc2236_Section3_A_leave_is_followed_by_two_queries_and_two_seconds()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying);
        _ = bed.Send(0, ControlFrames.Igmp("1600f9fcef010101", Group));
        _ = bed.Send(0, ControlFrames.Igmp("1700f8fcef010101", "224.0.0.2"));
        bed.Wait(1.9);
        Assert.Equal("EXCLUDE X{} Y{}", bed.State(Group));
        bed.Wait(0.2);
        Assert.Equal("", bed.State(Group));
        List<byte[]> asked = [.. bed.Queries.Where(query => query.Port == 0).Select(query => query.Frame)];
        Assert.Equal(2, asked.Count);
        Assert.All(asked, query => Assert.Equal("01005E010101", Convert.ToHexString(query[..6])));
        Assert.All(asked, query => Assert.Equal("EF010101", Convert.ToHexString(query[42..46])));
    }

    [Fact]
    public void Rfc2236_Section3_Another_listener_answers_and_keeps_the_group()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying);
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, Group));
        _ = bed.Send(0, ControlFrames.V2(IgmpType.LeaveGroup, Group, "224.0.0.2"));
        bed.Wait(0.5);
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, Group, host: 2));
        bed.Wait(10);
        Assert.Equal("EXCLUDE X{} Y{}", bed.State(Group));
    }

    [Fact]
    public void Rfc3376_Section6_6_1_Another_queriers_question_shortens_the_wait_unless_suppressed()
    {
        using var bed = new SnooperTestBed();
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, Group));
        _ = bed.Send(0, ControlFrames.V2(IgmpType.LeaveGroup, Group, "224.0.0.2"));
        _ = bed.Send(1, ControlFrames.QueryV3(Group, "192.0.2.1", suppress: true, code: 10));
        bed.Wait(3);
        Assert.Equal("EXCLUDE X{} Y{}", bed.State(Group));
        _ = bed.Send(1, ControlFrames.QueryV3(Group, "192.0.2.1", suppress: false, code: 10));
        bed.Wait(2.1);
        Assert.Equal("", bed.State(Group));
    }

    [Fact]
    public void Rfc2236_Section4_Leaves_are_ignored_while_a_version_1_host_listens()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying);
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV1, Group));
        _ = bed.Send(0, ControlFrames.V2(IgmpType.LeaveGroup, Group, "224.0.0.2"));
        bed.Wait(10);
        Assert.Equal("EXCLUDE X{} Y{}", bed.State(Group));
        Assert.DoesNotContain(bed.Queries, query => query.Port == 0);
    }

    [Fact]
    public void Rfc3376_AppendixA_2_A_tracked_port_leaves_at_once_only_when_all_hosts_are_known_to_be_gone()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying, new SnoopingPortOptions { FastLeave = FastLeave.WhenTracked });
        _ = bed.Send(0, ControlFrames.ReportV3(GroupRecordType.ChangeToExclude, Group, host: 1));
        _ = bed.Send(0, ControlFrames.ReportV3(GroupRecordType.ChangeToExclude, Group, host: 2));
        _ = bed.Send(0, ControlFrames.ReportV3(GroupRecordType.ChangeToInclude, Group, host: 1));
        Assert.Equal("EXCLUDE X{} Y{}", bed.State(Group));
        _ = bed.Send(0, ControlFrames.ReportV3(GroupRecordType.ChangeToInclude, Group, host: 2));
        Assert.Equal("", bed.State(Group));

        // A host of version 2 may have kept quiet, so nobody knows whether the last one left.
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, Group, host: 3));
        _ = bed.Send(0, ControlFrames.V2(IgmpType.LeaveGroup, Group, "224.0.0.2", host: 3));
        Assert.Equal("EXCLUDE X{} Y{}", bed.State(Group));
        Assert.Equal(1, bed.Snooper.Counters.FastLeaves);
    }

    [Fact]
    public void Rfc7761_Section4_9_A_pim_hello_makes_a_router_port()
    {
        using var bed = new SnooperTestBed();
        byte[] hello = ControlFrames.Igmp("2000dfff00000000", "224.0.0.13", ttl: 1);
        hello[23] = 103;
        Assert.Equal(SnoopResult.Data, bed.Send(2, hello));
        Assert.True(bed.Snooper.IsRouterPort(0, 2, isIPv6: false));
        hello[40] ^= 1; // its checksum does not add up any more
        _ = bed.Send(3, hello);
        Assert.False(bed.Snooper.IsRouterPort(0, 3, isIPv6: false));
    }

    [Fact]
    public void Rfc4286_Section3_2_An_IPv6_router_advertisement_to_snoopers_makes_a_router_port()
    {
        using var bed = new SnooperTestBed();
        byte[] frame = new byte[62];
        Convert.FromHexString("33330000006A02000000000186DD6000000000083A01FE800000000000000000000000000011FF02000000000000000000000000006A9714000000000000").CopyTo(frame, 0);
        uint pseudo = InternetChecksum.PseudoHeader(IPv6Address.Parse("fe80::11"), IPv6Address.Parse("ff02::6a"), IpProtocol.IcmpV6, 8);
        _ = new IcmpV6Header((IcmpV6Type)151, 20, 0).Write(frame.AsSpan(54), pseudo);
        _ = bed.Send(2, frame);
        Assert.True(bed.Snooper.IsRouterPort(0, 2, isIPv6: true));
        frame[57] ^= 1;
        _ = bed.Send(3, frame);
        Assert.False(bed.Snooper.IsRouterPort(0, 3, isIPv6: true));
    }
}
