using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

/// <summary>Writers must give scapy's bytes back: read a frame into values, write the values, compare.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class WriterTests
{
    private static readonly IPv6Address LinkLocal = IPv6Address.Parse("fe80::ff:fe00:1");
    private static readonly IPv4Address Group4 = IPv4Address.Parse("224.1.2.3");

    public static TheoryData<string> NetworkSentences => new(FrameVector.All
        .Where(vector => vector.Fields.ContainsKey("ip.src") || vector.Fields.ContainsKey("ipv6.src"))
        .Select(vector => vector.Sentence));

    [Theory]
    [MemberData(nameof(NetworkSentences))]
    public void Network_and_transport_headers_are_written_as_scapy_writes_them(string sentence)
    {
        byte[] frame = FrameVector.Named(sentence).Frame;
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        if (layout.EtherType == EtherType.Nsh)
        {
            return; // Its own test below.
        }

        byte[] written = (byte[])frame.Clone();
        Span<byte> network = written.AsSpan(layout.L3Offset..layout.L4Offset);
        Span<byte> transport = written.AsSpan(layout.L4Offset..layout.PayloadOffset);
        ReadOnlySpan<byte> datagram = frame.AsSpan(layout.L3Offset..layout.EndOffset);
        if (IPv4View.TryParse(datagram, out IPv4View v4))
        {
            network.Fill(0xEE);
            Assert.Equal(network.Length, v4.ToHeader().Write(network, v4.OptionBytes));
        }
        else if (IPv6View.TryParse(datagram, out IPv6View v6))
        {
            network[..IPv6Header.Length].Fill(0xEE);
            Assert.Equal(IPv6Header.Length, v6.ToHeader().Write(network));
        }

        ReadOnlySpan<byte> segment = frame.AsSpan(layout.L4Offset..layout.EndOffset);
        if (layout.HasL4 && layout.Protocol == IpProtocol.Udp && UdpView.TryParse(segment, out UdpView udp))
        {
            transport.Fill(0xEE);
            Assert.Equal(transport.Length, udp.ToHeader().Write(transport));
        }
        else if (layout.HasL4 && layout.Protocol == IpProtocol.Tcp && TcpView.TryParse(segment, out TcpView tcp))
        {
            transport.Fill(0xEE);
            Assert.Equal(transport.Length, tcp.ToHeader().Write(transport, tcp.OptionBytes));
        }

        Assert.Equal(Convert.ToHexString(frame), Convert.ToHexString(written));
    }

    [Theory]
    [InlineData("UDP over IPv4")]
    [InlineData("UDP over IPv6")]
    [InlineData("TCP over IPv4 with options")]
    [InlineData("TCP over IPv6 with data")]
    [InlineData("VXLAN over IPv6 carrying IPv6")]
    [InlineData("ICMPv6 echo request")]
    [InlineData("MLDv2 report")]
    public void Transport_checksums_come_out_as_scapy_computes_them(string sentence)
    {
        byte[] frame = (byte[])FrameVector.Named(sentence).Frame.Clone();
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Span<byte> segment = frame.AsSpan(layout.L4Offset..layout.EndOffset);
        uint pseudo = IPv4View.TryParse(frame.AsSpan(layout.L3Offset), out IPv4View v4)
            ? InternetChecksum.PseudoHeader(v4.Source, v4.Destination, layout.Protocol, segment.Length)
            : IPv6View.TryParse(frame.AsSpan(layout.L3Offset), out IPv6View v6)
                ? InternetChecksum.PseudoHeader(v6.Source, v6.Destination, layout.Protocol, segment.Length)
                : 0;
        Assert.True(InternetChecksum.IsValid(segment, pseudo));
        segment[^1] ^= 1;
        Assert.False(InternetChecksum.IsValid(segment, pseudo));
        segment[^1] ^= 1;
        int at = layout.Protocol switch { IpProtocol.Udp => UdpHeader.ChecksumOffset, IpProtocol.Tcp => TcpHeader.ChecksumOffset, _ => 2 };
        ushort expected = Wire.U16(segment, at);
        segment.Slice(at, 2).Clear();
        Assert.Equal(expected, layout.Protocol == IpProtocol.Udp ? InternetChecksum.ComputeUdp(segment, pseudo) : InternetChecksum.Compute(segment, pseudo));
    }

    [Fact]
    public void Ethernet_with_two_tags() => AssertWrites("UDP in a customer VLAN in a service VLAN", 0, bytes => new EthernetHeader
    {
        Destination = MacAddress.Parse("02:00:00:00:00:02"),
        Source = MacAddress.Parse("02:00:00:00:00:01"),
        ServiceTag = new VlanTci(200, 3),
        Tag = new VlanTci(7, 0),
        EtherType = EtherType.IPv4,
    }.Write(bytes));

    [Fact]
    public void Arp_reply_to_a_request() => AssertWrites("ARP reply", 14, bytes => new ArpMessage
    {
        Operation = ArpOperation.Request,
        SenderMac = MacAddress.Parse("02:00:00:00:00:02"),
        SenderAddress = IPv4Address.Parse("192.0.2.2"),
        TargetAddress = IPv4Address.Parse("192.0.2.1"),
    }.ReplyFrom(MacAddress.Parse("02:00:00:00:00:01")).Write(bytes));

    [Fact]
    public void Rarp_announcement() => AssertWrites("RARP announcement of a moved machine", 14, bytes => new ArpMessage
    {
        Operation = ArpOperation.ReverseRequest,
        SenderMac = MacAddress.Parse("02:00:00:00:00:01"),
        TargetMac = MacAddress.Parse("02:00:00:00:00:01"),
    }.Write(bytes));

    [Fact]
    public void Icmp_echo_reply() => AssertWrites("ICMP echo reply", 34, bytes =>
    {
        "ping"u8.CopyTo(bytes[8..]);
        return IcmpHeader.Echo(reply: true, 0x1234, 3).Write(bytes[..12]) + 4;
    });

    [Fact]
    public void Neighbor_solicitation() => AssertWrites("neighbour solicitation", 54, bytes => new NeighborMessage
    {
        Target = IPv6Address.Parse("2001:db8::2"),
        LinkLayerAddress = MacAddress.Parse("02:00:00:00:00:01"),
    }.Write(bytes, LinkLocal, IPv6Address.Parse("ff02::1:ff00:2")));

    [Fact]
    public void Neighbor_advertisement() => AssertWrites("neighbour advertisement", 54, bytes => new NeighborMessage
    {
        IsAdvertisement = true,
        IsSolicited = true,
        IsOverride = true,
        Target = IPv6Address.Parse("2001:db8::2"),
        LinkLayerAddress = MacAddress.Parse("02:00:00:00:00:02"),
    }.Write(bytes, IPv6Address.Parse("2001:db8::2"), LinkLocal));

    [Fact]
    public void IPv6_fragment_header() => AssertWrites("first fragment over IPv6", 54, bytes =>
        new IPv6FragmentHeader { NextHeader = IpProtocol.Udp, MoreFragments = true, Identification = 0xCAFEF00D }.Write(bytes));

    [Fact]
    public void Igmp_version_2_leave() => AssertWrites("IGMPv2 leave", 34, bytes => IgmpMessage.Write(bytes, IgmpType.LeaveGroup, 0, Group4));

    [Fact]
    public void Igmp_version_3_query() => AssertWrites("IGMPv3 query for two sources", 34, bytes => IgmpMessage.WriteQueryV3(
        bytes, 100, Group4, 2, 125, false, [IPv4Address.Parse("10.1.1.1"), IPv4Address.Parse("10.1.1.2")]));

    [Fact]
    public void Igmp_version_3_report() => AssertWrites("IGMPv3 report", 34, bytes =>
    {
        int length = IgmpMessage.Length;
        length += GroupRecordWriter.Write(bytes[length..], GroupRecordType.ChangeToExclude, Group4, []);
        length += GroupRecordWriter.Write(bytes[length..], GroupRecordType.ModeIsInclude, IPv4Address.Parse("232.1.1.1"), [IPv4Address.Parse("10.9.9.9")]);
        return IgmpMessage.WriteReportV3(bytes[..length], 2);
    });

    [Fact]
    public void Mld_version_1_report() => AssertWrites("MLDv1 report", 54, bytes => MldMessage.Write(
        bytes, IcmpV6Type.MulticastListenerReport, 0, IPv6Address.Parse("ff02::db8:1"), LinkLocal, IPv6Address.Parse("ff02::db8:1")));

    [Fact]
    public void Mld_version_2_query() => AssertWrites("MLDv2 query", 54, bytes => MldMessage.WriteQueryV2(
        bytes, 1000, IPv6Address.Parse("ff3e::db8:5"), 2, 125, [IPv6Address.Parse("2001:db8::55")], LinkLocal, IPv6Address.Parse("ff02::1")));

    [Fact]
    public void Mld_version_2_report() => AssertWrites("MLDv2 report", 54, bytes =>
    {
        int length = MldMessage.ReportV2Length;
        length += GroupRecordWriter.Write(bytes[length..], GroupRecordType.ChangeToExclude, IPv6Address.Parse("ff02::db8:1"), []);
        length += GroupRecordWriter.Write(bytes[length..], GroupRecordType.ModeIsInclude, IPv6Address.Parse("ff3e::db8:5"), [IPv6Address.Parse("2001:db8::55")]);
        return MldMessage.WriteReportV2(bytes[..length], 2, LinkLocal, IPv6Address.Parse("ff02::16"));
    });

    [Fact]
    public void Vxlan() => AssertWrites("VXLAN", 42, bytes => new VxlanHeader(5001).Write(bytes));

    [Fact]
    public void Vxlan_gpe() => AssertWrites("VXLAN-GPE carrying IPv4", 42, bytes => new VxlanGpeHeader(77, VxlanGpeProtocol.IPv4).Write(bytes));

    [Fact]
    public void Geneve_with_options() => AssertWrites("Geneve with two options", 42, bytes =>
    {
        Span<byte> options = stackalloc byte[64];
        int length = GeneveOption.Write(options, 0x0102, 0x80, [0, 0, 0, 5]);
        length += GeneveOption.Write(options[length..], 0xFFF0, 1, "abcdefgh"u8);
        return new GeneveHeader(6001) { HasCriticalOptions = true }.Write(bytes, options[..length]);
    });

    [Fact]
    public void Gre_with_everything()
    {
        byte[] frame = (byte[])FrameVector.Named("GRE with checksum, key and sequence number carrying Ethernet").Frame.Clone();
        string expected = Convert.ToHexString(frame);
        frame.AsSpan(34, 16).Fill(0xEE);
        Assert.Equal(16, new GreHeader(EtherType.TransparentEthernet) { HasChecksum = true, Key = 0x00010203, SequenceNumber = 9 }.Write(frame.AsSpan(34)));
        Assert.Equal(expected, Convert.ToHexString(frame));
    }

    [Fact]
    public void Esp() => AssertWrites("ESP", 34, bytes => new EspHeader(0xC0FFEE01, 17).Write(bytes));

    [Fact]
    public void Nsh() => AssertWrites("NSH carrying IPv4", 14, bytes => new NshHeader(0xABCD, 253, NshNextProtocol.IPv4) { TimeToLive = 62 }.Write(bytes, []));

    [Fact]
    public void Bfd() => AssertWrites("BFD control", 42, bytes => new BfdControlPacket
    {
        State = BfdState.Up,
        DetectMultiplier = 3,
        MyDiscriminator = 0x11223344,
        YourDiscriminator = 0x55667788,
        DesiredMinTxMicroseconds = 300_000,
        RequiredMinRxMicroseconds = 250_000,
        RequiredMinEchoRxMicroseconds = 50_000,
    }.Write(bytes));

    [Fact]
    public void A_short_destination_or_a_field_out_of_range_is_the_callers_mistake()
    {
        Assert.Throws<ArgumentException>(() => new VxlanHeader(1).Write(new byte[7]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VxlanHeader(0x1000000).Write(new byte[8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IPv4Header { PayloadLength = 65_516 }.Write(new byte[20]));
        Assert.Throws<ArgumentException>(() => new IPv4Header().Write(new byte[64], new byte[41]));
        Assert.Throws<ArgumentException>(() => new GeneveHeader(1).Write(new byte[300], new byte[256]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VlanTci(4096, 0));
        Assert.Throws<ArgumentException>(() => new NshHeader(1, 1, NshNextProtocol.IPv4) { MetadataType = 1 }.Write(new byte[64], []));
    }

    [Theory]
    [InlineData("FF", EspUdpContent.KeepAlive)]
    [InlineData("00000000AABB", EspUdpContent.Ike)]
    [InlineData("C0FFEE0100000001AA", EspUdpContent.Esp)]
    [InlineData("C0FFEE01000000", EspUdpContent.Malformed)]
    [InlineData("00", EspUdpContent.Malformed)]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc3948_Section2_port_4500_carries_esp_ike_or_a_keepalive(string hex, EspUdpContent content) =>
        Assert.Equal(content, EspHeader.Classify(Convert.FromHexString(hex)));

    [Theory]
    [InlineData(0x7F, 127)]
    [InlineData(0x80, 128)]
    [InlineData(0x8F, 248)]
    [InlineData(0xFF, 31_744)]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc3376_Section4_1_1_codes_of_128_and_more_are_floating_point(byte code, int value) =>
        Assert.Equal(value, MulticastCode.Decode8(code));

    private delegate int Writer(Span<byte> destination);

    /// <summary>Writes over noise and compares with the frame at <paramref name="at"/>.</summary>
    private static void AssertWrites(string sentence, int at, Writer write)
    {
        byte[] noise = new byte[512];
        Array.Fill(noise, (byte)0xEE);
        int length = write(noise);
        Assert.True(length > 0);
        Assert.Equal(Convert.ToHexString(FrameVector.Named(sentence).Frame.AsSpan(at, length)), Convert.ToHexString(noise.AsSpan(0, length)));
        Assert.Equal(0xEE, noise[length]);
    }
}
