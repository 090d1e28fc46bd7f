using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

[Trait(Kind.Key, Kind.Hostile)]
public sealed class HostileControlTests
{
    [Fact]
    public void One_host_that_joins_4097_groups_takes_no_ones_place()
    {
        using var bed = new SnooperTestBed();
        for (int group = 0; group < 4097; group++)
        {
            _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, $"239.2.{group >> 8}.{group & 0xFF}"));
        }

        Assert.Equal(1024, bed.Snooper.MembershipCount);
        Assert.Equal(4097 - 1024, bed.Snooper.Counters.GroupLimit);
        _ = bed.Send(1, ControlFrames.V2(IgmpType.ReportV2, "239.9.9.9"));
        Assert.Equal("EXCLUDE X{} Y{}", bed.State("239.9.9.9", port: 1));
        bed.WaitUntil(261);
        Assert.Equal(0, bed.Snooper.GroupCount);
    }

    [Fact]
    public void A_port_without_room_for_sources_gets_all_of_them_and_others_their_filters()
    {
        using var bed = new SnooperTestBed(firstPort: new SnoopingPortOptions { MaxSources = 2 });
        _ = bed.Send(0, ControlFrames.ReportV3(GroupRecordType.AllowNewSources, "239.1.1.1", 1, "192.0.2.1", "192.0.2.2", "192.0.2.3"));
        Assert.Equal("EXCLUDE X{} Y{}", bed.State("239.1.1.1"));
        Assert.Equal(1, bed.Snooper.Counters.SourceLimit);
        _ = bed.Send(1, ControlFrames.ReportV3(GroupRecordType.AllowNewSources, "239.1.1.1", 1, "192.0.2.1", "192.0.2.2", "192.0.2.3"));
        Assert.Equal("INCLUDE X{1,2,3} Y{}", bed.State("239.1.1.1", port: 1));
    }

    [Fact]
    public void A_port_that_sends_too_many_messages_is_cut_off_alone()
    {
        using var bed = new SnooperTestBed(firstPort: new SnoopingPortOptions { MaxMessagesPerSecond = 3 });
        SnoopResult[] results = [.. Enumerable.Range(0, 5).Select(_ => bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, "239.1.1.1")))];
        Assert.Equal(2, results.Count(result => result == SnoopResult.Drop));
        Assert.Equal(SnoopResult.ToRouterPorts, bed.Send(1, ControlFrames.V2(IgmpType.ReportV2, "239.1.1.1")));
    }

    [Fact]
    public void Rfc3376_Section4_2_12_An_unknown_record_is_skipped_and_the_next_one_taken()
    {
        using var bed = new SnooperTestBed();
        byte[] message = new byte[24];
        message[8] = 9;
        IPv4Address.Parse("239.1.1.1").Write(message.AsSpan(12));
        _ = GroupRecordWriter.Write(message.AsSpan(16), GroupRecordType.ChangeToExclude, IPv4Address.Parse("239.1.1.2"), []);
        _ = IgmpMessage.WriteReportV3(message, 2);
        _ = bed.Send(0, ControlFrames.Igmp(message, "224.0.0.22"));
        Assert.Equal("", bed.State("239.1.1.1"));
        Assert.Equal("EXCLUDE X{} Y{}", bed.State("239.1.1.2"));
        Assert.Equal(1, bed.Snooper.Counters.UnknownRecords);
    }

    [Fact]
    public void Rfc3376_Section4_2_6_Auxiliary_data_counts_words()
    {
        using var bed = new SnooperTestBed();
        byte[] message = new byte[28];
        _ = GroupRecordWriter.Write(message.AsSpan(8), GroupRecordType.ChangeToExclude, IPv4Address.Parse("239.1.1.1"), []);
        message[9] = 1; // four octets of auxiliary data
        _ = GroupRecordWriter.Write(message.AsSpan(20), GroupRecordType.ChangeToExclude, IPv4Address.Parse("239.1.1.2"), []);
        _ = IgmpMessage.WriteReportV3(message, 2);
        _ = bed.Send(0, ControlFrames.Igmp(message, "224.0.0.22"));
        Assert.Equal("EXCLUDE X{} Y{}", bed.State("239.1.1.2"));
    }

    public static TheoryData<string, byte[], string> Refused => new()
    {
        { "TTL 64", ControlFrames.Igmp("1600f9fcef010101", "239.1.1.1", ttl: 64), nameof(SnoopingCounters.BadTtl) },
        { "an IGMP checksum that does not add up", ControlFrames.Igmp("1600f9fdef010101", "239.1.1.1"), nameof(SnoopingCounters.BadChecksum) },
        { "an IP checksum that does not add up", Damaged(24), nameof(SnoopingCounters.BadChecksum) },
        { "a unicast group", ControlFrames.V2(IgmpType.ReportV2, "10.1.1.1", "239.1.1.1"), nameof(SnoopingCounters.IgnoredGroups) },
        { "a group of link scope", ControlFrames.V2(IgmpType.ReportV2, "224.0.0.251"), nameof(SnoopingCounters.IgnoredGroups) },
        { "more records than there are", ControlFrames.Igmp("2200e9ca00000032 04000000ef010101", "224.0.0.22"), nameof(SnoopingCounters.Malformed) },
        { "a group as source", ControlFrames.V2(IgmpType.ReportV2, "239.1.1.1", source: "239.1.1.1"), nameof(SnoopingCounters.BadSource) },
        { "a group of interface-local scope", ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff01::5"), nameof(SnoopingCounters.IgnoredGroups) },
        { "a unicast IPv6 group", ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "2001:db8::5"), nameof(SnoopingCounters.IgnoredGroups) },
        { "all nodes", ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff02::1"), nameof(SnoopingCounters.IgnoredGroups) },
        { "a global source", ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff15::1", source: "2001:db8::1"), nameof(SnoopingCounters.BadSource) },
        { "hop limit 64", ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff15::1", hopLimit: 64), nameof(SnoopingCounters.BadTtl) },
        { "no router alert", ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff15::1", alert: false), nameof(SnoopingCounters.NoRouterAlert) },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Nothing_is_learned_from(string what, byte[] frame, string counter)
    {
        using var bed = new SnooperTestBed();
        _ = bed.Send(0, frame);
        Assert.True(bed.Snooper.MembershipCount == 0, what);
        object counters = bed.Snooper.Counters;
        Assert.Equal(1L, typeof(SnoopingCounters).GetField(counter)!.GetValue(counters));
    }

    [Fact]
    public void A_query_from_a_guarded_port_is_dropped()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying, new SnoopingPortOptions { AcceptQueries = false });
        Assert.Equal(SnoopResult.Drop, bed.Send(0, ControlFrames.QueryV3("0.0.0.0", "192.0.2.1")));
        Assert.True(bed.Snooper.IsQuerier(0, isIPv6: false));
    }

    [Fact]
    public void A_report_without_source_address_is_taken()
    {
        using var bed = new SnooperTestBed();
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, "239.1.1.1", source: "0.0.0.0"));
        Assert.Equal("EXCLUDE X{} Y{}", bed.State("239.1.1.1"));
    }

    [Fact]
    public void Damage_anywhere_never_throws()
    {
        byte[][] frames =
        [
            ControlFrames.ReportV3(GroupRecordType.ChangeToExclude, "239.1.1.1", 1, "192.0.2.1", "192.0.2.2"),
            ControlFrames.QueryV3("239.1.1.1", "192.0.2.9"),
            ControlFrames.ReportMldV2(GroupRecordType.AllowNewSources, "ff15::1", sources: ["2001:db8::1"]),
        ];
        using var bed = new SnooperTestBed(SnooperTestBed.Querying);
        Gen<(int Frame, int Length, int At, byte Value)> damage =
            from frame in Gen.Choose(0, frames.Length - 1)
            from length in Gen.Choose(14, 120)
            from at in Gen.Choose(0, 119)
            from value in Gen.Choose(0, 255)
            select (frame, length, at, (byte)value);
        Prop.ForAll(Arb.From(damage), one =>
        {
            byte[] frame = frames[one.Frame][..Math.Min(one.Length, frames[one.Frame].Length)];
            frame[one.At % frame.Length] = one.Value;
            if (PacketLayout.TryParse(frame, out PacketLayout layout))
            {
                _ = bed.Snooper.OnFrame(0, 0, frame, layout, Timestamp.Zero);
            }

            return true;
        }).Check(Chance.Of(5000));
    }

    private static byte[] Damaged(int at)
    {
        byte[] frame = ControlFrames.Igmp("1600f9fcef010101", "239.1.1.1");
        frame[at] ^= 0x55;
        return frame;
    }
}
