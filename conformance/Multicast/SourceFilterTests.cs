using Weft.Conformance.Support;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

/// <summary>The tables of RFC 3376 section 6.4, with the payloads of the Linux kernel's selftest bridge_igmp.sh for 239.10.10.10.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class SourceFilterTests
{
    private const string Group = "239.10.10.10";
    private const string IsIn123 = "22009dde00000001 01000003ef0a0a0a c0000201 c0000202 c0000203";
    private const string IsIn101112 = "22009dc300000001 01000003ef0a0a0a c000020a c000020b c000020c";
    private const string IsIn2030 = "22005fb400000001 01000002ef0a0a0a c0000214 c000021e";
    private const string Allow101112 = "220099c300000001 05000003ef0a0a0a c000020a c000020b c000020c";
    private const string Allow2030 = "22005bb400000001 05000002ef0a0a0a c0000214 c000021e";
    private const string IsEx122021 = "2200dab600000001 02000004ef0a0a0a c0000201 c0000202 c0000214 c0000215";
    private const string IsEx2030 = "22005eb400000001 02000002ef0a0a0a c0000214 c000021e";
    private const string ToEx12030 = "22009ab100000001 04000003ef0a0a0a c0000201 c0000214 c000021e";
    private const string Block12030 = "220098b100000001 06000003ef0a0a0a c0000201 c0000214 c000021e";

    [Theory]
    [InlineData("INCLUDE X{1,2,3} Y{}", IsIn123)]
    [InlineData("INCLUDE X{1,2,3,10,11,12} Y{}", IsIn123, Allow101112)]
    [InlineData("INCLUDE X{1,2,3,10,11,12} Y{}", IsIn123, IsIn101112)]
    [InlineData("EXCLUDE X{1,2} Y{20,21}", IsIn123, IsEx122021)]
    [InlineData("EXCLUDE X{1,2,20,30} Y{21}", IsIn123, IsEx122021, Allow2030)]
    [InlineData("EXCLUDE X{1,2,20,30} Y{21}", IsIn123, IsEx122021, IsIn2030)]
    [InlineData("EXCLUDE X{30} Y{20}", IsIn123, IsEx122021, IsEx2030)]
    [InlineData("EXCLUDE X{1,30} Y{20}", IsIn123, IsEx122021, ToEx12030)]
    [InlineData("EXCLUDE X{1,2,30} Y{20,21}", IsIn123, IsEx122021, Block12030)]
    [InlineData("", Block12030)]
    public void Rfc3376_Section6_4_Records_lead_to_the_state_of_the_tables(string expected, params string[] payloads)
    {
        using var bed = new SnooperTestBed();
        foreach (string payload in payloads)
        {
            Assert.Equal(SnoopResult.ToRouterPorts, bed.Send(0, ControlFrames.Igmp(payload, "224.0.0.22")));
        }

        Assert.Equal(expected, bed.State(Group));
    }

    [Fact]
    public void Rfc3376_Section6_4_2_A_blocked_source_of_an_included_list_ends_after_the_last_member_query_time()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying);
        _ = bed.Send(0, ControlFrames.Igmp(IsIn123, "224.0.0.22"));
        _ = bed.Send(0, ControlFrames.Igmp(Block12030, "224.0.0.22"));
        bed.Wait(1.9);
        Assert.Equal("INCLUDE X{1,2,3} Y{}", bed.State(Group));
        bed.Wait(0.2);
        Assert.Equal("INCLUDE X{2,3} Y{}", bed.State(Group));
        Assert.Equal(2, bed.Queries.Count(query => query.Port == 0)); // group and source queries, one second apart
    }

    [Fact]
    public void Rfc3376_Section6_3_Data_passes_from_wanted_sources_only()
    {
        using var bed = new SnooperTestBed();
        _ = bed.Send(0, ControlFrames.Igmp(IsIn123, "224.0.0.22"));
        Assert.True(bed.Delivers(Group, "192.0.2.2"));
        Assert.False(bed.Delivers(Group, "192.0.2.4"));
        _ = bed.Send(0, ControlFrames.Igmp(IsEx122021, "224.0.0.22"));
        Assert.True(bed.Delivers(Group, "192.0.2.4"));
        Assert.False(bed.Delivers(Group, "192.0.2.21"));
        Assert.False(bed.Delivers(Group, "192.0.2.4", port: 1));
    }

    [Fact]
    public void Rfc3376_Section6_5_When_the_group_timer_ends_only_sources_asked_for_remain()
    {
        using var bed = new SnooperTestBed();
        _ = bed.Send(0, ControlFrames.Igmp(IsEx2030, "224.0.0.22"));
        bed.Wait(200);
        _ = bed.Send(0, ControlFrames.Igmp(Allow2030, "224.0.0.22"));
        bed.WaitUntil(260.1);
        Assert.Equal("INCLUDE X{20,30} Y{}", bed.State(Group));
        bed.WaitUntil(460.1);
        Assert.Equal("", bed.State(Group));
        Assert.Equal(0, bed.Snooper.SourceCount + bed.Snooper.MembershipCount + bed.Snooper.GroupCount);
    }

    [Fact]
    public void Rfc3376_Section7_3_2_An_older_host_on_the_port_turns_off_blocking()
    {
        using var bed = new SnooperTestBed();
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, Group));
        _ = bed.Send(0, ControlFrames.Igmp(Block12030, "224.0.0.22"));
        _ = bed.Send(0, ControlFrames.Igmp(ToEx12030, "224.0.0.22"));
        Assert.Equal("EXCLUDE X{} Y{}", bed.State(Group));
    }

    [Fact]
    public void Rfc3810_Section7_4_A_report_that_scapy_made_joins()
    {
        using var bed = new SnooperTestBed();
        byte[] frame = Convert.FromHexString(
            "33330000001602000000090186dd6000000000240001fe800000000000000000000000000011ff0200000000000000000000000000163a000502000001008f006f460000000104000000ff1500000000000000000000000000a1");
        Assert.Equal(SnoopResult.ToRouterPorts, bed.Send(2, frame));
        Assert.Equal("EXCLUDE X{} Y{}", bed.State("ff15::a1", port: 2));
    }

    [Fact]
    public void Rfc4607_Section1_A_source_specific_group_is_joined_with_sources_only()
    {
        using var bed = new SnooperTestBed();
        _ = bed.Send(0, ControlFrames.V2(IgmpType.ReportV2, "232.1.1.1"));
        _ = bed.Send(0, ControlFrames.ReportMldV2(GroupRecordType.ChangeToExclude, "ff35::1"));
        Assert.Equal(0, bed.Snooper.MembershipCount);
        Assert.Equal(2, bed.Snooper.Counters.IgnoredAnySource);
        _ = bed.Send(0, ControlFrames.ReportV3(GroupRecordType.AllowNewSources, "232.1.1.1", 1, "192.0.2.7"));
        Assert.Equal("INCLUDE X{7} Y{}", bed.State("232.1.1.1"));
    }
}
