using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;
using static Weft.Conformance.BridgeTests.LacpFrames;

namespace Weft.Conformance.BridgeTests;

/// <summary>The machines of IEEE 802.1AX clause 6.4 with a partner whose messages are scapy's; tshark reads what goes out.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class LinkAggregatorTests
{
    [Fact]
    public void Ieee8021AX_Clause6_4_2_3_Every_field_of_a_message_is_read_by_tshark_as_it_was_meant()
    {
        Tshark.Need();
        LacpBed bed = new LacpBed().Up();
        bed.Wait(1);
        using var capture = new CaptureFile(bed.Sent(1)[^1]);
        Assert.Empty(Tshark.Malformed(capture.FilePath));
        string[] fields = Assert.Single(Tshark.Fields(
            capture.FilePath, "lacp", "eth.dst", "frame.len", "lacp.version",
            "lacp.actor.sys_priority", "lacp.actor.sysid", "lacp.actor.key", "lacp.actor.port_priority", "lacp.actor.port", "lacp.actor.state",
            "lacp.partner.sys_priority", "lacp.partner.sysid", "lacp.partner.key", "lacp.partner.port_priority", "lacp.partner.port", "lacp.partner.state", "lacp.wrong_tlv_type"));
        Assert.Equal(
            ["01:80:c2:00:00:02", "124", "0x01", "32768", "06:57:00:00:00:01", "1", "32768", "2", "0x3d", "100", "02:00:00:00:00:99", "7", "200", "2", "0x3d"],
            fields.Where(field => field.Length > 0));
    }

    [Fact]
    public void Ieee8021AX_Clause6_4_15_A_link_waits_is_attached_collects_and_distributes_as_the_partner_follows()
    {
        var bed = new LacpBed(1);
        Assert.Equal((LacpReceiveState.Expired, LacpMuxState.Detached), (bed.Link(0).Receiver, bed.Link(0).Mux));
        _ = bed.Hear(0, Message(bed.Link(0).Actor, LacpState.Activity | LacpState.Aggregation));
        Assert.Equal((LacpReceiveState.Current, LacpMuxState.Waiting), (bed.Link(0).Receiver, bed.Link(0).Mux));
        bed.Wait(1.9);
        Assert.Equal(LacpMuxState.Waiting, bed.Link(0).Mux);
        bed.Wait(0.2);
        Assert.Equal(LacpMuxState.Attached, bed.Link(0).Mux);
        Assert.True(bed.Link(0).Actor.Is(LacpState.Synchronization));
        Assert.False(bed.Engine.IsCollecting(0));
        _ = bed.Hear(0, Message(bed.Link(0).Actor, LacpState.Activity | LacpState.Aggregation | LacpState.Synchronization));
        Assert.Equal(LacpMuxState.Collecting, bed.Link(0).Mux);
        Assert.True(bed.Engine.IsCollecting(0));
        Assert.Equal(-1, bed.Engine.PortOf(0, 1));
        _ = bed.Hear(0, Message(bed.Link(0).Actor, InStep));
        Assert.Equal((LacpMuxState.Distributing, 0), (bed.Link(0).Mux, bed.Engine.PortOf(0, 1)));
        _ = bed.Hear(0, Message(bed.Link(0).Actor, InStep & ~LacpState.Collecting));
        Assert.Equal((LacpMuxState.Collecting, -1), (bed.Link(0).Mux, bed.Engine.PortOf(0, 1)));
        Assert.Equal((1, 1), (bed.Link(0).Counters.Joined, bed.Link(0).Counters.Left));
    }

    [Fact]
    public void Ieee8021AX_Clause6_4_9_A_partner_that_has_another_end_in_mind_is_not_in_step()
    {
        LacpBed bed = new LacpBed(1).Up(1);
        Assert.Equal(1, bed.Engine.Usable(0));
        LacpEnd other = bed.Link(0).Actor with { Port = 77 };
        _ = bed.Hear(0, Message(other, InStep, port: 1));
        Assert.Equal((LacpMuxState.Attached, 0), (bed.Link(0).Mux, bed.Engine.Usable(0)));
        // It is told at once.
        Assert.NotEmpty(bed.Sent(0));
    }

    [Fact]
    public void Ieee8021AX_Clause6_4_12_A_silent_partner_is_given_up_after_90_seconds_or_three_and_another_three()
    {
        LacpBed slow = new LacpBed(1).Up(1);
        slow.Wait(89);
        Assert.Equal(LacpReceiveState.Current, slow.Link(0).Receiver);
        slow.Wait(1.5);
        Assert.Equal((LacpReceiveState.Expired, 0), (slow.Link(0).Receiver, slow.Engine.Usable(0)));
        slow.Wait(3);
        Assert.Equal((LacpReceiveState.Defaulted, LacpMuxState.Detached), (slow.Link(0).Receiver, slow.Link(0).Mux));

        LacpBed fast = new LacpBed(1, group => group with { FastRate = true }).Up(1);
        fast.Wait(2.5);
        Assert.Equal(1, fast.Engine.Usable(0));
        fast.Wait(1);
        Assert.Equal((LacpReceiveState.Expired, 0), (fast.Link(0).Receiver, fast.Engine.Usable(0)));
    }

    [Fact]
    public void Ieee8021AX_Clause6_4_13_The_partners_timeout_sets_the_pace_and_two_passive_ends_are_silent()
    {
        LacpBed slow = new LacpBed(1).Up(1);
        _ = slow.Wait(1).Sent(0);
        Assert.Equal(2, slow.Wait(60).Sent(0).Count);
        LacpBed fast = new LacpBed(1).Up(1, LacpState.ShortTimeout);
        _ = fast.Wait(1).Sent(0);
        Assert.InRange(fast.Wait(60).Sent(0).Count, 59, 61);

        var passive = new LacpBed(1, group => group with { Mode = LacpMode.Passive });
        Assert.Empty(passive.Wait(100).Sent(0));
        _ = passive.Hear(0, Message(passive.Link(0).Actor, LacpState.Aggregation));
        Assert.Empty(passive.Wait(10).Sent(0));
        _ = passive.Hear(0, Message(null, LacpState.Activity | LacpState.Aggregation));
        Assert.NotEmpty(passive.Wait(1).Sent(0));
    }

    [Fact]
    public void Ieee8021AX_Clause6_4_16_However_much_there_is_to_say_three_messages_a_second_are_the_most()
    {
        var bed = new LacpBed(1);
        for (int i = 0; i < 200; i++)
        {
            _ = bed.Hear(0, Message(null, InStep, port: (ushort)(i + 1)));
            bed.Wait(0.05);
        }

        Assert.InRange(bed.Sent(0).Count, 20, 36);
    }

    [Fact]
    public void Ieee8021AX_Clause6_4_14_Links_to_another_partner_or_with_another_key_do_not_join()
    {
        var bed = new LacpBed(3);
        foreach (double wait in new[] { 0, 2.5 })
        {
            bed.Wait(wait).Agree(0).Agree(1).Agree(2, key: 8);
        }

        Assert.Equal(2, bed.Engine.Usable(0));
        Assert.False(bed.Link(2).IsSelected);
        // Those in use stay even when the other becomes the only one with a better rank.
        Assert.Equal([0, 1], Ports(bed));
    }

    [Fact]
    public void A_link_that_changes_hands_is_detached_before_it_joins_its_new_partner()
    {
        LacpBed bed = new LacpBed(1).Up(1);
        _ = bed.Hear(0, Message(bed.Link(0).Actor, InStep, system: MacAddress.Parse("02:00:00:00:00:77")));
        Assert.Equal(LacpMuxState.Waiting, bed.Link(0).Mux);
        Assert.Equal(0, bed.Engine.Usable(0));
    }

    [Fact]
    public void A_cable_from_the_switch_to_itself_is_not_used()
    {
        var bed = new LacpBed(1);
        _ = bed.Hear(0, Message(bed.Link(0).Actor, InStep, system: LacpBed.Mac));
        bed.Wait(2.5);
        Assert.Equal((false, LacpMuxState.Detached), (bed.Link(0).IsSelected, bed.Link(0).Mux));
    }

    [Fact]
    public void A_partner_whose_link_is_individual_gets_one_link_alone()
    {
        var bed = new LacpBed(2);
        foreach (double wait in new[] { 0, 2.5 })
        {
            bed.Wait(wait);
            foreach (int port in new[] { 0, 1 })
            {
                _ = bed.Hear(port, Message(bed.Link(port).Actor, InStep & ~LacpState.Aggregation, (ushort)(port + 1)));
            }
        }

        Assert.Equal(1, bed.Engine.Usable(0));
    }

    [Fact]
    public void Links_above_the_most_stand_by_and_one_takes_the_place_of_one_that_fails()
    {
        LacpBed bed = new LacpBed(3, group => group with { MaxLinks = 2, Members = [new LinkMemberOptions { Port = 0, Priority = 9 }, new LinkMemberOptions { Port = 1 }, new LinkMemberOptions { Port = 2, Priority = 1 }] }).Up(3);
        Assert.Equal([0, 2], Ports(bed));
        bed.Engine.SetEnabled(2, enabled: false, bed.Now);
        bed.Wait(2.5).Agree(1).Agree(0);
        Assert.Equal([0, 1], Ports(bed));
    }

    [Fact]
    public void A_group_with_fewer_links_than_it_must_have_carries_nothing()
    {
        LacpBed bed = new LacpBed(2, group => group with { MinLinks = 2 }).Up();
        Assert.Equal(2, bed.Engine.Usable(0));
        bed.Engine.SetEnabled(1, enabled: false, bed.Now);
        Assert.Equal((0, -1), (bed.Engine.Usable(0), bed.Engine.PortOf(0, 5)));
    }

    [Fact]
    public void Without_a_partner_a_link_falls_back_to_be_used_alone_until_one_speaks()
    {
        var strict = new LacpBed();
        Assert.Equal(0, strict.Wait(10).Engine.Usable(0));
        var bed = new LacpBed(2, group => group with { Fallback = true });
        Assert.Equal(1, bed.Wait(10).Engine.Usable(0));
        bed.Up();
        Assert.Equal(2, bed.Engine.Usable(0));
    }

    [Fact]
    public void A_static_group_uses_every_link_that_is_up_and_says_nothing()
    {
        var bed = new LacpBed(2, group => group with { Mode = LacpMode.Static });
        Assert.Equal(2, bed.Engine.Usable(0));
        bed.Engine.SetEnabled(0, enabled: false, bed.Now);
        Assert.Equal([1], Ports(bed));
        Assert.Empty(bed.Wait(100).Sent(1));
        Assert.Equal(LacpVerdict.NotMine, bed.Hear(1, Message(null, InStep)));
    }

    [Fact]
    public void Ieee8021AX_Clause6_5_4_2_A_marker_is_answered_with_its_own_content()
    {
        Tshark.Need();
        LacpBed bed = new LacpBed().Up();
        _ = bed.Sent(0);
        Assert.Equal(LacpVerdict.Marker, bed.Hear(0, Marker));
        using var capture = new CaptureFile(Assert.Single(bed.Sent(0)));
        Assert.Empty(Tshark.Malformed(capture.FilePath));
        Assert.Equal(["06:57:00:00:00:01", "0x02,0x00", "3", "02:00:00:00:00:99", "287454020"], Assert.Single(Tshark.Fields(capture.FilePath, "marker", "eth.src", "marker.tlvType", "marker.requesterPort", "marker.requesterSystem", "marker.requesterTransId")));
        // A flood of markers is answered ten times a second; a response is never answered.
        for (int i = 0; i < 100; i++)
        {
            _ = bed.Hear(0, Marker);
        }

        Assert.Equal(9, bed.Sent(0).Count);
        byte[] response = [.. Marker];
        response[16] = 2;
        Assert.Equal(LacpVerdict.Malformed, bed.Hear(0, response));
    }

    [Fact]
    public void A_flow_stays_on_its_link_when_others_come_and_go()
    {
        LacpBed bed = new LacpBed(4).Up(4);
        int[] before = [.. Enumerable.Range(0, 4096).Select(hash => bed.Engine.PortOf(0, (uint)hash))];
        Assert.Equal([0, 1, 2, 3], before.Distinct().Order());
        Assert.All(before.CountBy(port => port), count => Assert.InRange(count.Value, 4096 / 8, 4096 / 2));
        bed.Engine.SetEnabled(2, enabled: false, bed.Now);
        for (int hash = 0; hash < before.Length; hash++)
        {
            int now = bed.Engine.PortOf(0, (uint)hash);
            Assert.True(before[hash] == 2 ? now is 0 or 1 or 3 : now == before[hash]);
        }
    }

    [Fact]
    public void Another_engine_goes_on_where_one_was_without_a_gap()
    {
        LacpBed old = new LacpBed().Up();
        var next = new LacpBed(2, group => group with { MinLinks = 2 });
        next.Engine.CarryOver(0, old.Engine, 0, old.Now);
        next.Engine.CarryOver(1, old.Engine, 1, old.Now);
        Assert.Equal(2, next.Engine.Usable(0));
        Assert.Equal(old.Link(0).Partner, next.Link(0).Partner);
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Assert.Contains("MinLinks", Assert.Throws<ArgumentException>(() => new LacpBed(2, group => group with { MinLinks = 3 })).Message);
        Assert.Contains("MaxLinks", Assert.Throws<ArgumentException>(() => new LacpBed(2, group => group with { MaxLinks = 0 })).Message);
        Assert.Contains("Members", Assert.Throws<ArgumentException>(() => new LacpBed(2, group => group with { Members = [] })).Message);
        Assert.Contains("Port", Assert.Throws<ArgumentException>(() => new LacpBed(2, group => group with { Members = [new LinkMemberOptions { Port = 9 }] })).Message);
    }

    private static int[] Ports(LacpBed bed) => [.. Enumerable.Range(0, 1024).Select(hash => bed.Engine.PortOf(0, (uint)hash)).Distinct().Order()];
}
