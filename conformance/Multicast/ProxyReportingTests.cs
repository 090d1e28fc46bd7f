using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Multicast;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.MulticastTests;

/// <summary>The switch reports for all of its hosts as one host would. A router is behind port 3.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class ProxyReportingTests
{
    private const string Group = "239.1.1.1";

    private static readonly SnoopingSegmentOptions Proxy = new()
    {
        ProxyReporting = true,
        QuerierMac = new MacAddress(0x0200_0000_00FF),
        RouterPorts = [3],
    };

    [Fact]
    public void Rfc4541_Section2_1_1_Reports_are_kept_and_the_router_hears_of_changes_alone()
    {
        using var bed = new SnooperTestBed(Proxy);
        Assert.Equal(SnoopResult.Kept, bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, Group)));
        Assert.Equal(["3: EXCLUDE 239.1.1.1{}"], Reports(bed, 0));
        Assert.Equal(["3: EXCLUDE 239.1.1.1{}"], Reports(bed, 1));
        _ = bed.Send(1, ControlFrames.V2(IgmpType.ReportV2, Group, host: 2));
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, Group));
        Assert.Empty(Reports(bed, 5));
        Assert.Equal((3L, 2L), (bed.Snooper.Counters.Reports, bed.Snooper.Counters.ReportsSent));
    }

    [Fact]
    public void Rfc4605_Section4_1_The_last_member_that_ends_is_a_leave()
    {
        using var bed = new SnooperTestBed(Proxy, new SnoopingPortOptions { FastLeave = FastLeave.SingleHost });
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, Group));
        _ = Reports(bed, 2);
        _ = bed.Send(0, ControlFrames.V2(IgmpType.LeaveGroup, Group, "224.0.0.2"));
        Assert.Equal(["3: INCLUDE 239.1.1.1{}", "3: INCLUDE 239.1.1.1{}"], Reports(bed, 2));
        Assert.Empty(Reports(bed, 10));
    }

    [Fact]
    public void Rfc3376_Section3_2_Filters_are_merged()
    {
        using var bed = new SnooperTestBed(Proxy);
        _ = bed.Send(0, ControlFrames.ReportV3(GroupRecordType.AllowNewSources, Group, 1, "192.0.2.1"));
        _ = bed.Send(1, ControlFrames.ReportV3(GroupRecordType.AllowNewSources, Group, 2, "192.0.2.2"));
        Assert.Equal("3: INCLUDE 239.1.1.1{192.0.2.1,192.0.2.2}", Reports(bed, 0)[0]);
        _ = bed.Send(2, ControlFrames.ReportV3(GroupRecordType.ModeIsExclude, Group, 3, "192.0.2.1", "192.0.2.9"));
        Assert.Equal("3: EXCLUDE 239.1.1.1{192.0.2.9}", Reports(bed, 0)[0]);
    }

    [Fact]
    public void Rfc3376_Section5_2_A_query_is_answered_for_all_groups_in_one_report_and_in_time()
    {
        using var bed = new SnooperTestBed(Proxy);
        foreach (string group in new string[] { "239.1.1.1", "239.1.1.2", "239.1.1.3" })
        {
            _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, group));
        }

        _ = Reports(bed, 3);
        Assert.Equal(SnoopResult.Flood, bed.Send(3, ControlFrames.QueryV3("0.0.0.0", "192.0.2.9", code: 20)));
        Assert.Equal("3: EXCLUDE 239.1.1.1{} EXCLUDE 239.1.1.2{} EXCLUDE 239.1.1.3{}", Assert.Single(Reports(bed, 2)));
        _ = bed.Send(3, ControlFrames.QueryV3("239.1.1.77", "192.0.2.9", code: 10));
        Assert.Empty(Reports(bed, 1));
        _ = bed.Send(3, ControlFrames.QueryV3("239.1.1.2", "192.0.2.9", code: 10));
        Assert.Equal("3: EXCLUDE 239.1.1.2{}", Assert.Single(Reports(bed, 1)));
    }

    [Fact]
    public void Rfc3376_Section7_2_1_A_router_of_version_2_is_answered_in_version_2()
    {
        using var bed = new SnooperTestBed(Proxy, new SnoopingPortOptions { FastLeave = FastLeave.SingleHost });
        _ = bed.Send(3, ControlFrames.V2(IgmpType.MembershipQuery, "0.0.0.0", "224.0.0.1", tenths: 10, source: "192.0.2.9"));
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, Group));
        byte[] join = Frames(bed, 0)[0];
        Assert.Equal("1600F9FCEF010101", Convert.ToHexString(join[38..]));
        Assert.Equal("01005E010101", Convert.ToHexString(join[..6]));
        _ = Frames(bed, 3);
        _ = bed.Send(0, ControlFrames.V2(IgmpType.LeaveGroup, Group, "224.0.0.2"));
        byte[] leave = Frames(bed, 0)[0];
        Assert.Equal("1700F8FCEF010101", Convert.ToHexString(leave[38..]));
        Assert.Equal("01005E000002", Convert.ToHexString(leave[..6]));
    }

    [Fact]
    public void Rfc3810_Section5_2_13_MLD_reports_come_from_a_link_local_address()
    {
        using var bed = new SnooperTestBed(Proxy);
        _ = bed.Send(0, ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff15::a1"));
        byte[] frame = Frames(bed, 0)[0];
        Assert.True(IPv6View.TryParse(frame.AsSpan(14), out IPv6View ip));
        Assert.Equal("fe80::ff:fe00:ff", ip.Source.ToString());
        using var router = new SnooperTestBed();
        Assert.Equal(SnoopResult.ToRouterPorts, router.Send(0, frame));
        Assert.Equal("EXCLUDE X{} Y{}", router.State("ff15::a1"));
    }

    [Fact]
    public void Configured_groups_are_reported_and_a_filter_of_many_sources_passes_all()
    {
        using var bed = new SnooperTestBed(Proxy with { Static = [new StaticMembership { Port = 0, Group = MulticastAddress.Parse("239.5.5.5") }] });
        Assert.Equal("3: EXCLUDE 239.5.5.5{}", Reports(bed, 0)[0]);
        _ = bed.Send(0, ControlFrames.ReportV3(GroupRecordType.AllowNewSources, Group, 1, [.. Enumerable.Range(1, 65).Select(source => $"192.0.2.{source}")]));
        Assert.Contains("3: EXCLUDE 239.1.1.1{}", Reports(bed, 0));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Tshark_finds_nothing_wrong_with_the_reports()
    {
        Tshark.Need();
        using var bed = new SnooperTestBed(Proxy);
        _ = bed.Send(0, ControlFrames.ReportV3(GroupRecordType.AllowNewSources, Group, 1, "192.0.2.1"));
        _ = bed.Send(0, ControlFrames.ReportMldV2(GroupRecordType.AllowNewSources, "ff15::a1", sources: ["2001:db8::1"]));
        _ = bed.Send(3, ControlFrames.V2(IgmpType.MembershipQuery, "0.0.0.0", "224.0.0.1", tenths: 10, source: "192.0.2.9"));
        byte[][] frames = [.. Frames(bed, 2)];
        Assert.True(frames.Length >= 4);
        string path = Path.GetTempFileName();
        try
        {
            using (PcapWriter writer = PcapWriter.Create(path))
            {
                foreach (byte[] frame in frames)
                {
                    writer.WritePacket(Timestamp.Zero, frame);
                }
            }

            Assert.Equal("", Tshark.Malformed(path) + Tshark.WrongChecksums(path));
            Assert.Equal(frames.Length, Tshark.Fields(path, "igmp || icmpv6", "frame.number").Count);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_router_that_hears_the_reports_forwards_what_any_port_wants()
    {
        Gen<(int Port, int Type, int Sources)> step =
            from port in Gen.Choose(0, 2)
            from type in Gen.Choose(1, 6)
            from sources in Gen.Choose(0, 7)
            select (port, type, sources);
        Prop.ForAll(step.ArrayOf().ToArbitrary(), walk =>
        {
            using var bed = new SnooperTestBed(Proxy with { QuerierIPv4 = IPv4Address.Parse("192.0.2.1") });
            using var router = new SnooperTestBed(SnooperTestBed.Querying);
            foreach ((int port, int type, int sources) in walk)
            {
                string[] listed = [.. Enumerable.Range(1, 3).Where(source => (sources >> (source - 1) & 1) != 0).Select(source => $"192.0.2.{source}")];
                _ = bed.Send(port, ControlFrames.ReportV3((GroupRecordType)type, Group, port + 1, listed));
                bed.Wait(6); // so that what ends has ended: the last member is asked for twice, a second apart
                _ = bed.Send(3, ControlFrames.QueryV3("0.0.0.0", "192.0.2.100", code: 10));
                bed.Wait(2);
                foreach ((_, byte[] frame) in bed.Queries.Where(sent => sent is { Port: 3 } && sent.Frame[38] == (byte)IgmpType.ReportV3))
                {
                    _ = router.Send(0, frame);
                }

                bed.Queries.Clear();
                router.WaitUntil(bed.Now + 3);
                bed.WaitUntil(router.Now);
                for (int source = 1; source <= 4; source++)
                {
                    bool wanted = Enumerable.Range(0, 3).Any(downstream => bed.Delivers(Group, $"192.0.2.{source}", downstream));
                    Assert.Equal(wanted, router.Delivers(Group, $"192.0.2.{source}"));
                }
            }
        }).Check(Chance.Of(150));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Reporting_allocates_nothing()
    {
        using var bed = new SnooperTestBed(Proxy, new SnoopingPortOptions { FastLeave = FastLeave.SingleHost });
        byte[][] frames =
        [
            .. Enumerable.Range(0, 64).Select(group => ControlFrames.ReportV3(GroupRecordType.AllowNewSources, $"239.1.2.{group}", 1, "192.0.2.1")),
            .. Enumerable.Range(0, 64).Select(group => ControlFrames.V2(IgmpType.LeaveGroup, $"239.1.2.{group}", "224.0.0.2")),
        ];
        var sink = default(DataFrames.NoQueries);
        double now = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int round = 0; round < 50; round++)
            {
                foreach (byte[] frame in frames)
                {
                    _ = PacketLayout.TryParse(frame, out PacketLayout layout);
                    _ = bed.Snooper.OnFrame(0, 0, frame, layout, Timestamp.FromSeconds(now));
                    _ = bed.Snooper.Advance(Timestamp.FromSeconds(now), ref sink);
                    now += 0.1;
                }
            }
        }));
        Assert.True(bed.Snooper.Counters.ReportsSent > 1000);
    }

    private static List<byte[]> Frames(SnooperTestBed bed, double wait)
    {
        bed.Queries.Clear();
        bed.Wait(wait);
        Assert.All(bed.Queries, sent => Assert.Equal(3, sent.Port));
        return [.. bed.Queries.Select(sent => sent.Frame)];
    }

    /// <summary>The IGMPv3 reports of the next seconds: port and records.</summary>
    private static List<string> Reports(SnooperTestBed bed, double wait) => [.. Frames(bed, wait).Select(frame => "3:" + Records(frame))];

    private static string Records(byte[] frame)
    {
        Assert.True(IPv4View.TryParse(frame.AsSpan(14), out IPv4View ip) && ip.IsChecksumValid && ip.TimeToLive == 1);
        Assert.True(IgmpView.TryParse(ip.Payload, out IgmpView igmp) && igmp.IsChecksumValid);
        var text = new List<string>();
        foreach (GroupRecord<IPv4Address> record in igmp.Records)
        {
            var sources = new List<IPv4Address>();
            for (int i = 0; i < record.SourceCount; i++)
            {
                sources.Add(record.SourceAt(i));
            }

            bool isExclude = record.Type is GroupRecordType.ModeIsExclude or GroupRecordType.ChangeToExclude;
            text.Add($" {(isExclude ? "EXCLUDE" : "INCLUDE")} {record.Group}{{{string.Join(',', sources.Order())}}}");
        }

        text.Sort(StringComparer.Ordinal);
        return string.Concat(text);
    }
}
