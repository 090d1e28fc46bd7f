using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

public sealed class TunnelEncapsulatorTests
{
    private const ushort OvsSourcePort = 0xd2f6;

    private static readonly byte[] Inner = TunnelVectors.Bytes(TunnelVectors.OvsInner);

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_Geneve_over_IPv4_is_written_as_Open_vSwitch_writes_it() =>
        Assert.Equal(
            TunnelVectors.OvsGeneve,
            Encapsulate(TunnelVectors.OvsSender(TunnelProtocol.Geneve) with { Checksum = OuterChecksum.Always }, "1.1.2.92", "f8:bc:12:44:34:b6", 123));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7348_Section5_Vxlan_over_IPv4_is_written_as_Open_vSwitch_writes_it() =>
        Assert.Equal(
            TunnelVectors.OvsVxlan,
            Encapsulate(TunnelVectors.OvsSender(TunnelProtocol.Vxlan), "1.1.2.92", "f8:bc:12:44:34:b6", 456));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_Geneve_over_IPv6_is_written_as_Open_vSwitch_writes_it() =>
        Assert.Equal(
            TunnelVectors.OvsGeneveIPv6,
            Encapsulate(TunnelVectors.OvsSender(TunnelProtocol.Geneve, ipv6: true), "2001:cafe::92", "f8:bc:12:44:34:b7", 789));

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(OuterChecksum.Standard, false, false)]
    [InlineData(OuterChecksum.Standard, true, true)]
    [InlineData(OuterChecksum.Always, false, true)]
    [InlineData(OuterChecksum.Always, true, true)]
    [InlineData(OuterChecksum.Zero, false, false)]
    [InlineData(OuterChecksum.Zero, true, false)]
    public void Rfc6935_Section5_The_checksum_over_IPv6_is_zero_only_by_option(OuterChecksum policy, bool ipv6, bool computed)
    {
        VtepOptions options = TunnelVectors.OvsSender(TunnelProtocol.Vxlan, ipv6) with { Checksum = policy };
        byte[] frame = TunnelVectors.Bytes(Encapsulate(options, ipv6 ? "2001:cafe::92" : "1.1.2.92", "f8:bc:12:44:34:b6", 1));
        int checksum = ipv6 ? 60 : 40;

        Assert.Equal(computed, (frame[checksum] | frame[checksum + 1]) != 0);
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(0x00)]
    [InlineData(0x01)]
    [InlineData(0x02)]
    [InlineData(0x03)]
    public void Rfc6040_Section4_1_Normal_mode_copies_the_congestion_field_and_compatibility_mode_clears_it(byte ecn)
    {
        byte[] inner = TunnelVectors.With(Inner, (15, (byte)(0xB8 | ecn)));
        VtepOptions normal = TunnelVectors.OvsSender(TunnelProtocol.Vxlan);

        Assert.Equal(ecn, TrafficClass(normal, inner));
        Assert.Equal(0, TrafficClass(normal with { Ecn = OuterEcn.Compatibility }, inner));
        Assert.Equal(0xB8 | ecn, TrafficClass(normal with { Dscp = null }, inner));
        Assert.Equal((10 << 2) | ecn, TrafficClass(normal with { Dscp = 10 }, inner));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc6040_Section4_1_The_field_is_copied_between_IP_versions()
    {
        byte[] inner = TunnelVectors.Bytes(TunnelVectors.KernelVxlan)[50..];
        inner[15] |= 0x30;
        VtepOptions sender = TunnelVectors.OvsSender(TunnelProtocol.Vxlan);
        byte[] over4 = Frame(sender, "1.1.2.92", "f8:bc:12:44:34:b6", 1, inner);
        byte[] over6 = Frame(TunnelVectors.OvsSender(TunnelProtocol.Vxlan, ipv6: true), "2001:cafe::92", "f8:bc:12:44:34:b6", 1, inner);

        Assert.Equal(3, over4[15] & 3);
        Assert.Equal(0x30, over6[15] & 0x30);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7348_Section4_3_What_exceeds_the_MTU_is_refused_and_not_fragmented()
    {
        VtepOptions options = TunnelVectors.OvsSender(TunnelProtocol.Vxlan) with { MtuBytes = 1500 };
        var encapsulator = new TunnelEncapsulator(options);
        TunnelPeer peer = Resolved(encapsulator, "1.1.2.92");
        byte[] fits = new byte[1464];
        byte[] tooBig = new byte[1465];

        Assert.Equal(1464, peer.MaxInnerBytes);
        Assert.Equal(EncapVerdict.Encapsulated, encapsulator.WriteHeader(new byte[50], fits, Layout(fits), peer, 1));
        Assert.Equal(EncapVerdict.TooBig, encapsulator.WriteHeader(new byte[50], tooBig, Layout(tooBig), peer, 1));
        Assert.Equal(1, encapsulator.Counters.TooBig);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc6864_Section4_1_Identifications_count_up_where_fragmentation_is_allowed_and_are_zero_where_not()
    {
        foreach (bool dontFragment in new[] { true, false })
        {
            var encapsulator = new TunnelEncapsulator(TunnelVectors.OvsSender(TunnelProtocol.Vxlan) with { DontFragment = dontFragment });
            TunnelPeer peer = Resolved(encapsulator, "1.1.2.92");
            byte[] header = new byte[50];
            for (int packet = 0; packet < 3; packet++)
            {
                Assert.Equal(EncapVerdict.Encapsulated, encapsulator.WriteHeader(header, Inner, Layout(Inner), peer, 1));
                Assert.Equal(dontFragment ? 0 : packet, (header[18] << 8) | header[19]);
                Assert.Equal(dontFragment ? 0x40 : 0, header[20]);
                Assert.True(InternetChecksum.IsValid(header.AsSpan(14, 20)));
            }
        }
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Nothing_is_written_until_the_next_hop_is_known()
    {
        var encapsulator = new TunnelEncapsulator(TunnelVectors.OvsSender(TunnelProtocol.Vxlan));
        TunnelPeer peer = encapsulator.CreatePeer(VtepAddress.Parse("1.1.2.92"));
        byte[] header = new byte[peer.HeaderBytes];

        Assert.Equal(EncapVerdict.NextHopUnresolved, encapsulator.WriteHeader(header, Inner, Layout(Inner), peer, 1));
        Assert.All(header, value => Assert.Equal(0, value));
        peer.SetNextHop(MacAddress.Parse("02:00:00:00:00:01"));
        Assert.Equal(EncapVerdict.Encapsulated, encapsulator.WriteHeader(header, Inner, Layout(Inner), peer, 1));
        peer.ClearNextHop();
        Assert.Equal(EncapVerdict.NextHopUnresolved, encapsulator.WriteHeader(header, Inner, Layout(Inner), peer, 1));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void A_callers_mistakes_are_exceptions_that_name_the_range()
    {
        VtepOptions good = TunnelVectors.OvsSender(TunnelProtocol.Vxlan);
        var encapsulator = new TunnelEncapsulator(good);
        TunnelPeer peer = Resolved(encapsulator, "1.1.2.92");

        Assert.Contains("16777215", Assert.Throws<ArgumentException>(() => encapsulator.WriteHeader(new byte[50], Inner, Layout(Inner), peer, 1 << 24)).Message, StringComparison.Ordinal);
        Assert.Contains("50", Assert.Throws<ArgumentException>(() => encapsulator.WriteHeader(new byte[49], Inner, Layout(Inner), peer, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => encapsulator.CreatePeer(VtepAddress.Parse("2001:db8::1")));
        Assert.Throws<ArgumentException>(() => encapsulator.CreatePeer(VtepAddress.Parse("224.0.0.1")));
        Assert.Throws<ArgumentException>(() => new TunnelEncapsulator(good with { MtuBytes = 575 }));
        Assert.Throws<ArgumentException>(() => new TunnelEncapsulator(good with { SourcePortMin = 2, SourcePortMax = 1 }));
        Assert.Throws<ArgumentException>(() => new TunnelEncapsulator(good with { TimeToLive = 0 }));
        Assert.Throws<ArgumentException>(() => new TunnelEncapsulator(good with { Dscp = 64 }));
        Assert.Throws<ArgumentException>(() => new TunnelEncapsulator(good with { Mac = MacAddress.Broadcast }));
        Assert.Throws<ArgumentException>(() => new TunnelEncapsulator(good with { Address = VtepAddress.Parse("::") }));
        Assert.Throws<ArgumentException>(() => new TunnelDecapsulator(good with { UdpPort = 0 }));
    }

    private static PacketLayout Layout(byte[] frame)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        return layout;
    }

    private static TunnelPeer Resolved(TunnelEncapsulator encapsulator, string remote, string mac = "f8:bc:12:44:34:b6")
    {
        TunnelPeer peer = encapsulator.CreatePeer(VtepAddress.Parse(remote));
        peer.SetNextHop(MacAddress.Parse(mac));
        return peer;
    }

    private static byte[] Frame(VtepOptions options, string remote, string mac, uint vni, byte[] inner)
    {
        var encapsulator = new TunnelEncapsulator(options);
        TunnelPeer peer = Resolved(encapsulator, remote, mac);
        byte[] header = new byte[peer.HeaderBytes];
        Assert.Equal(EncapVerdict.Encapsulated, encapsulator.WriteHeader(header, inner, Layout(inner), peer, vni));
        return [.. header, .. inner];
    }

    // With a range of one port the entropy port is the one that Open vSwitch chose, and all other bytes must follow.
    private static string Encapsulate(VtepOptions options, string remote, string mac, uint vni) =>
        Convert.ToHexStringLower(Frame(options with { SourcePortMin = OvsSourcePort, SourcePortMax = OvsSourcePort }, remote, mac, vni, Inner));

    private static int TrafficClass(VtepOptions options, byte[] inner) => Frame(options, "1.1.2.92", "f8:bc:12:44:34:b6", 1, inner)[15];
}
