using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

[Trait(Kind.Key, Kind.Rfc)]
public sealed class ReplicationTests
{
    private const string Group = "239.1.1.1";
    private const string Source = "10.0.0.1";

    [Fact]
    public void Rfc4541_Section2_1_2_Members_and_routers_get_data_and_nobody_else()
    {
        using var bed = new SwitchTestBed();
        bed.Switch.SetSegment(0, SwitchTestBed.First(selective: true));
        Assert.Empty(bed.Ports(0, 0, DataFrames.Udp(Source, Group)));
        bed.Join(0, 1, Group);
        Assert.Equal([1], bed.Ports(0, 0, DataFrames.Udp(Source, Group)));
        _ = bed.Send(0, 2, ControlFrames.QueryV3("0.0.0.0", "192.0.2.9"));
        Assert.Equal([1, 2], bed.Ports(0, 0, DataFrames.Udp(Source, Group)));
        Assert.Equal([2], bed.Ports(0, 0, DataFrames.Udp(Source, "225.1.1.1"))); // the same MAC address, another group
    }

    [Fact]
    public void Rfc4541_Section2_1_1_Reports_go_to_routers_and_queries_to_all()
    {
        using var bed = new SwitchTestBed();
        Assert.Equal([0, 1, 4, 5, 6, 7], bed.Ports(0, 2, ControlFrames.QueryV3("0.0.0.0", "192.0.2.9")));
        bed.Switch.SetSegment(0, SwitchTestBed.First(selective: true));
        Assert.Equal([2], bed.Ports(0, 0, ControlFrames.V2(IgmpType.ReportV2, Group)));
    }

    [Fact]
    public void Rfc4541_Section2_1_2_Link_scope_goes_to_all()
    {
        using var bed = new SwitchTestBed();
        Assert.Equal([1, 2, 4, 5, 6, 7], bed.Ports(0, 0, DataFrames.Udp(Source, "224.0.0.251")));
        Assert.Equal([1, 2, 4, 5, 6, 7], bed.Ports(0, 0, DataFrames.Udp("fe80::1", "ff02::1:2")));
    }

    [Fact]
    public void Rfc4541_Section2_1_2_Unregistered_data_floods_until_a_queriers_hosts_had_time_to_answer()
    {
        using var bed = new SwitchTestBed(UnregisteredPolicy.FloodUntilQuerier);
        bed.Switch.SetSegment(0, SwitchTestBed.First(selective: true));
        Assert.Equal([1, 2, 4, 5, 6, 7], bed.Ports(0, 0, DataFrames.Udp(Source, Group)));
        _ = bed.Send(0, 2, ControlFrames.QueryV3("0.0.0.0", "192.0.2.9"));
        bed.WaitUntil(9.9);
        Assert.Equal([1, 2, 4, 5, 6, 7], bed.Ports(0, 0, DataFrames.Udp(Source, Group)));
        bed.WaitUntil(10.1);
        Assert.Equal([2], bed.Ports(0, 0, DataFrames.Udp(Source, Group)));
        bed.WaitUntil(300);
        Assert.Equal([1, 2, 4, 5, 6, 7], bed.Ports(0, 0, DataFrames.Udp(Source, Group)));
    }

    [Fact]
    public void A_trunks_copy_is_tagged_as_Open_vSwitch_tags_it()
    {
        using var bed = new SwitchTestBed();
        bed.Switch.SetSegment(0, new MulticastSegmentOptions { Members = [new SegmentMember { Port = 0 }, new SegmentMember { Port = 1, Vlan = 1725 }] });
        _ = bed.Send(0, 1, ControlFrames.QueryV3("0.0.0.0", "192.0.2.9"));
        byte[] untagged = Convert.FromHexString("01005e5e0101aa55aa5500010800" + "4500001c00000000401180710a000001ef5e0101" + "00001f400008e63d");
        (ReplicaTarget target, byte[] frame) = Assert.Single(bed.Send(0, 0, untagged));
        Assert.Equal(1, target.Port);
        Assert.Equal("01005E5E0101AA55AA550001810006BD08004500001C00000000401180710A000001EF5E010100001F400008E63D", Convert.ToHexString(frame));
    }

    [Theory]
    [InlineData("4500002e0000400010 1170bc0a000001ef010101", "0F", "71BC")]
    [InlineData("4500002ebfbc000002 11feff0a000001ef010101", "01", "0000")]
    public void Rfc1624_A_routed_copy_lives_a_hop_less_with_the_right_checksum(string header, string ttl, string checksum)
    {
        using var bed = new SwitchTestBed();
        bed.Switch.SetRoute(new MulticastRoute { Group = MulticastAddress.Parse(Group), Incoming = 0, Outgoing = [1] });
        bed.Join(1, 3, Group);
        byte[] frame = new byte[60];
        Convert.FromHexString("01005e010101020000000001" + "0800" + header.Replace(" ", "", StringComparison.Ordinal)).CopyTo(frame, 0);
        Assert.True(InternetChecksum.IsValid(frame.AsSpan(14, 20)));
        byte[] routed = bed.Send(0, 0, frame).Single(replica => replica.Target.Port == 3).Frame;
        Assert.Equal(ttl, Convert.ToHexString(routed.AsSpan(22, 1)));
        Assert.Equal(checksum, Convert.ToHexString(routed.AsSpan(24, 2)));
        Assert.Equal(SwitchTestBed.RouterMac, MacAddress.Read(routed.AsSpan(6)));
        Assert.True(InternetChecksum.IsValid(routed.AsSpan(14, 20)));
    }

    [Fact]
    public void Rfc1112_Routed_data_must_come_the_way_back_to_its_source_and_have_hops_left()
    {
        using var bed = new SwitchTestBed();
        bed.Switch.SetRoute(new MulticastRoute { Group = MulticastAddress.Parse(Group), Incoming = 0, Outgoing = [1], TtlThreshold = 16 });
        bed.Join(1, 3, Group);
        Assert.Contains(3, bed.Ports(0, 0, DataFrames.Udp(Source, Group, ttl: 17)));
        Assert.DoesNotContain(3, bed.Ports(0, 0, DataFrames.Udp(Source, Group, ttl: 16)));
        Assert.Equal(2, bed.Switch.Counters.TtlTooLow); // a listener's and a tunnel's
        bed.Switch.SetRoute(new MulticastRoute { Group = MulticastAddress.Parse(Group), Source = MulticastAddress.Parse("10.0.0.9"), Incoming = 1, Outgoing = [0] });
        Assert.DoesNotContain(3, bed.Ports(0, 0, DataFrames.Udp("10.0.0.9", Group, ttl: 17)));
        Assert.Equal(1, bed.Switch.Counters.RpfFailures);
        Assert.Contains(3, bed.Ports(0, 0, DataFrames.Udp(Source, Group, ttl: 17)));
    }

    [Fact]
    public void Rfc8200_Section3_A_routed_IPv6_copy_lives_a_hop_less_and_only_accepted_sources_pass()
    {
        using var bed = new SwitchTestBed();
        bed.Switch.SetRoute(new MulticastRoute { Group = IPv6Address.Parse("ff15::7"), Incoming = 0, Outgoing = [1] });
        _ = bed.Send(1, 3, ControlFrames.ReportMldV2(GroupRecordType.AllowNewSources, "ff15::7", sources: ["2001:db8::1"]));
        byte[] frame = DataFrames.Udp("2001:db8::1", "ff15::7", ttl: 9, payload: 700);
        byte[] expected = [.. frame];
        SwitchTestBed.RouterMac.Write(expected.AsSpan(6));
        expected[21] = 8;
        Assert.Equal(expected, bed.Send(0, 0, frame, scatter: true).Single(replica => replica.Target.Port == 3).Frame);
        Assert.DoesNotContain(3, bed.Ports(0, 0, DataFrames.Udp("2001:db8::2", "ff15::7", ttl: 9)));
    }

    [Fact]
    public void Rfc8365_Nothing_goes_from_tunnel_to_tunnel()
    {
        using var bed = new SwitchTestBed();
        bed.Join(0, 0, Group);
        Assert.Equal([0], bed.Ports(0, 6, DataFrames.Udp(Source, Group)));
    }

    [Fact]
    public void Two_tier_replication_reaches_every_endpoint_once()
    {
        using var bed = new SwitchTestBed();
        bed.Switch.SetSegment(0, SwitchTestBed.First(ReplicationMode.TwoTier));
        List<(ReplicaTarget Target, byte[] Frame)> sent = bed.Send(0, 0, DataFrames.Udp(Source, Group));
        Assert.Equal([(4, false), (5, false), (6, true)], sent.Select(replica => (replica.Target.Port, replica.Target.ReplicateLocally)));

        // The chosen endpoint of the other subnet hears it with the mark, and passes it on in its own subnet only.
        Assert.Equal([5], bed.Ports(0, 4, DataFrames.Udp(Source, Group), marked: true));
    }

    [Fact]
    public void Hybrid_replication_sends_one_copy_to_the_underlays_group()
    {
        using var bed = new SwitchTestBed();
        bed.Switch.SetSegment(0, SwitchTestBed.First(ReplicationMode.Hybrid));
        List<(ReplicaTarget Target, byte[] Frame)> sent = bed.Send(0, 0, DataFrames.Udp(Source, Group));
        Assert.Equal([(8, false), (6, true)], sent.Select(replica => (replica.Target.Port, replica.Target.ReplicateLocally)));
    }

    [Fact]
    public void Rfc7348_An_encapsulated_copy_is_a_whole_VXLAN_packet()
    {
        byte[] outer = new byte[50];
        int at = new EthernetHeader { Destination = new MacAddress(2), Source = new MacAddress(4), EtherType = EtherType.IPv4 }.Write(outer);
        at += new IPv4Header { Protocol = IpProtocol.Udp, Source = IPv4Address.Parse("10.9.0.1"), Destination = IPv4Address.Parse("10.9.0.2") }.Write(outer.AsSpan(at));
        BinaryPrimitives.WriteUInt16BigEndian(outer.AsSpan(at + 2), VxlanHeader.Port);
        _ = new VxlanHeader(77).Write(outer.AsSpan(at + 8));
        using var bed = new SwitchTestBed();
        bed.Switch.SetSegment(0, new MulticastSegmentOptions { Members = [new SegmentMember { Port = 0 }, new SegmentMember { Port = 4, IsVtep = true, OuterHeader = outer }] });
        foreach (int payload in new int[] { 18, 1000 })
        {
            byte[] inner = DataFrames.Udp(Source, Group, payload: payload);
            byte[] packet = Assert.Single(bed.Send(0, 0, inner)).Frame;
            Assert.True(PacketLayout.TryParse(packet, out PacketLayout layout));
            Assert.Equal((LayoutError.None, packet.Length), (layout.Error, layout.EndOffset));
            Assert.True(IPv4View.TryParse(packet.AsSpan(14), out IPv4View ip) && ip.IsChecksumValid);
            Assert.True(UdpView.TryParse(ip.Payload, out UdpView udp));
            Assert.Equal(VxlanHeader.Port, udp.DestinationPort);
            Assert.InRange(udp.SourcePort, 49152, 65535);
            Assert.True(VxlanView.TryParse(udp.Payload, out VxlanView vxlan));
            Assert.Equal(77u, vxlan.Vni);
            Assert.Equal(inner, packet[50..]);
        }
    }
}
