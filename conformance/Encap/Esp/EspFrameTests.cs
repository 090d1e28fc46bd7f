using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.EncapTests;

/// <summary>Whole frames into ESP and out again: headers, modes, what else comes to port 4500, and forged input.</summary>
public sealed class EspFrameTests
{
    private const int Headroom = 128;

    private static readonly HashSeed Seed = new(7, 8);

    public static TheoryData<string, bool> OuterFrames => new()
    {
        { TunnelVectors.OvsVxlan, true },
        { TunnelVectors.OvsVxlan, false },
        { TunnelVectors.OvsGeneve, true },
        { TunnelVectors.OvsGeneveIPv6, true },
        { TunnelVectors.OvsGeneveIPv6, false },
        { TunnelVectors.KernelVxlanIPv6, true },
    };

    [Theory, Trait(Kind.Key, Kind.Rfc), MemberData(nameof(OuterFrames))]
    public void Rfc4303_Section3_1_1_Transport_mode_keeps_the_IP_header_and_gives_the_frame_back(string hex, bool inUdp)
    {
        byte[] original = Convert.FromHexString(hex);
        EspSaOptions options = Options(EspMode.Transport, inUdp ? new EspUdpPorts(50_123) : null);
        byte[] frame = Sealed(options, original, out PacketLayout layout);
        _ = PacketLayout.TryParse(original, out PacketLayout plain);

        Assert.Equal(LayoutError.None, layout.Error);
        Assert.Equal(inUdp ? IpProtocol.Udp : IpProtocol.Esp, layout.Protocol);
        Assert.Equal(frame.Length, layout.EndOffset);
        Assert.Equal(original[..14], frame[..14]);
        if (layout.IsIPv4)
        {
            Assert.True(IPv4View.TryParse(frame.AsSpan(14), out IPv4View ip) && ip.IsChecksumValid);
            Assert.Equal(original[26..34], frame[26..34]);
        }

        if (inUdp)
        {
            Assert.True(UdpView.TryParse(frame.AsSpan(layout.L4Offset), out UdpView udp));
            Assert.Equal((50_123, EspHeader.UdpPort, layout.EndOffset - layout.L4Offset), (udp.SourcePort, udp.DestinationPort, udp.Length));
            if (layout.IsIPv4)
            {
                Assert.Equal(0, udp.Checksum);
            }
            else
            {
                Assert.True(IPv6View.TryParse(frame.AsSpan(14), out IPv6View ip));
                Assert.NotEqual(0, udp.Checksum);
                Assert.True(udp.IsChecksumValid(InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.Udp, udp.Length)));
            }
        }

        EspOpener opener = Opener(options with { Owner = 5 });
        Assert.Equal(EspStatus.Ok, opener.Open(frame, layout, out OpenedFrame opened));
        Assert.Equal((5, options.Spi, 1ul), (opened.Owner, opened.Spi, opened.Sequence));
        Assert.Equal(original.AsSpan(0, plain.EndOffset).ToArray(), frame.AsSpan(opened.Offset, opened.Length).ToArray());
    }

    [Fact, Trait(Kind.Key, Kind.Corpus)]
    public void StrongSwan_frames_open_to_whole_echo_requests_whatever_their_udp_checksum_says()
    {
        EspSaOptions options = Options(EspMode.Tunnel, null) with
        {
            Spi = 0x8fd55aeb,
            KeyMaterial = Convert.FromHexString("1488ae191e73808abd7814a5fa30d30e1736abd1"),
        };
        EspOpener opener = Opener(options);
        using PcapReader reader = PcapReader.Open(Repository.File("pcaps/strongswan-esp-gcm.pcap"));
        int echoes = 0;
        while (reader.TryRead(out PcapPacket packet))
        {
            byte[] frame = packet.Data.ToArray();
            _ = PacketLayout.TryParse(frame, out PacketLayout layout);
            if (opener.Open(frame, layout, out OpenedFrame opened) == EspStatus.Ok)
            {
                Span<byte> inner = frame.AsSpan(opened.Offset, opened.Length);
                Assert.True(PacketLayout.TryParse(inner, out PacketLayout inside));
                Assert.Equal((IpProtocol.Icmp, LayoutError.None), (inside.Protocol, inside.Error));
                Assert.True(InternetChecksum.IsValid(inner[inside.L4Offset..inside.EndOffset]));
                echoes++;
            }
        }

        Assert.Equal(12, echoes);
        Assert.Equal(12, opener.Counters.UnknownSpi);
        Assert.Equal(24, opener.Counters.Opened + opener.Counters.UnknownSpi);
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData("192.0.2.1", "192.0.2.2", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8::1", "2001:db8::2", true)]
    public void Rfc4301_Section5_1_2_Tunnel_mode_wraps_either_family_in_either(string source, string destination, bool inUdp)
    {
        foreach (string hex in new[] { TunnelVectors.OvsVxlan, TunnelVectors.OvsGeneveIPv6 })
        {
            byte[] original = Convert.FromHexString(hex);
            _ = PacketLayout.TryParse(original, out PacketLayout plain);
            original[15] |= plain.IsIPv4 ? (byte)0xB9 : (byte)0x10; // EF and ECT(1), over IPv6 ECT(1) alone
            if (plain.IsIPv4)
            {
                FixHeaderChecksum(original);
            }

            var ends = new EspTunnelEnds(VtepAddress.Parse(source), VtepAddress.Parse(destination), TimeToLive: 7);
            EspSaOptions options = Options(EspMode.Tunnel, inUdp ? new EspUdpPorts(50_123) : null);
            using var sa = new EspOutboundSa(options);
            byte[] room = Room(original);
            (int offset, int length) = (Headroom, original.Length);
            Assert.Equal(EspStatus.Ok, EspSealer.SealTunnel(sa, ends, room, ref offset, ref length, plain));
            byte[] frame = room.AsSpan(offset, length).ToArray();
            Assert.True(PacketLayout.TryParse(frame, out PacketLayout outer));
            Assert.Equal((LayoutError.None, length), (outer.Error, (int)outer.EndOffset));
            Assert.Equal(ends.Source.IsIPv4, outer.IsIPv4);
            int trafficClass = outer.IsIPv4 ? frame[15] : ((frame[14] << 4) | (frame[15] >> 4)) & 0xFF;
            Assert.Equal(plain.IsIPv4 ? 0xB9 : 0x01, trafficClass);

            // A router marks congestion on the way: the mark arrives at the inner header (RFC 6040 section 4.2).
            byte[] marked = [.. frame];
            if (outer.IsIPv4)
            {
                marked[15] |= 3;
                FixHeaderChecksum(marked);
            }
            else
            {
                marked[15] |= 0x30;
            }

            EspOpener opener = Opener(options);
            Assert.Equal(EspStatus.Ok, opener.Open(frame, outer, out OpenedFrame opened));
            Assert.Equal(original.AsSpan(0, plain.EndOffset).ToArray(), frame.AsSpan(opened.Offset, opened.Length).ToArray());
            Assert.Equal(EspStatus.Ok, Opener(options).Open(marked, outer, out opened));
            Span<byte> inner = marked.AsSpan(opened.Offset, opened.Length);
            Assert.Equal(plain.IsIPv4 ? 0xBB : 0x30, plain.IsIPv4 ? inner[15] : inner[15] & 0x30);
        }
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc3948_Section2_Port_4500_carries_keepalives_and_IKE_too()
    {
        EspOpener opener = Opener(Options(EspMode.Transport, null));
        Assert.Equal(EspStatus.KeepAlive, Open(opener, Datagram([0xFF])));
        Assert.Equal(EspStatus.Ike, Open(opener, Datagram([0, 0, 0, 0, 1, 2, 3, 4])));
        Assert.Equal(EspStatus.Truncated, Open(opener, Datagram([0, 0, 1])));
        Assert.Equal(EspStatus.Truncated, Open(opener, Datagram([0, 0, 1, 2, 3, 4])));
        Assert.Equal(EspStatus.UnknownSpi, Open(opener, Datagram(new byte[40].Select((_, i) => (byte)(i + 1)).ToArray())));
        Assert.Equal(EspStatus.NotEsp, Open(opener, Datagram([0xFF], port: 4789)));
        Assert.Equal(6, opener.Counters.Total);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4303_Section2_1_Nobody_has_SPI_0()
    {
        byte[] frame = Sealed(Options(EspMode.Transport, null), Convert.FromHexString(TunnelVectors.OvsVxlan), out PacketLayout layout);
        frame.AsSpan(layout.L4Offset, 4).Clear();
        Assert.Equal(EspStatus.UnknownSpi, Open(Opener(Options(EspMode.Transport, null)), frame));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_udp_length_other_than_the_ip_packets_is_refused()
    {
        byte[] frame = Datagram(new byte[60]);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), 40);
        Assert.Equal(EspStatus.Malformed, Open(Opener(Options(EspMode.Transport, null)), frame));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_damaged_outer_header_is_not_made_whole_again()
    {
        byte[] frame = Sealed(Options(EspMode.Transport, null), Convert.FromHexString(TunnelVectors.OvsVxlan), out _);
        frame[22] ^= 1; // TTL
        Assert.Equal(EspStatus.Malformed, Open(Opener(Options(EspMode.Transport, null)), frame));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_fragment_of_ESP_is_refused_before_any_key_is_touched()
    {
        byte[] frame = Sealed(Options(EspMode.Transport, null), Convert.FromHexString(TunnelVectors.OvsVxlan), out _);
        frame[20] = 0x20; // more fragments
        FixHeaderChecksum(frame);
        EspOpener opener = Opener(Options(EspMode.Transport, null));
        Assert.Equal(EspStatus.Malformed, Open(opener, frame));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void An_authentic_packet_in_the_other_mode_is_not_delivered()
    {
        byte[] original = Convert.FromHexString(TunnelVectors.OvsVxlan);
        _ = PacketLayout.TryParse(original, out PacketLayout plain);
        EspSaOptions transport = Options(EspMode.Transport, null);
        byte[] frame = Sealed(transport, original, out PacketLayout layout);
        Assert.Equal(EspStatus.WrongPayload, Opener(transport with { Mode = EspMode.Tunnel }).Open(frame, layout, out _));

        EspSaOptions tunnel = transport with { Mode = EspMode.Tunnel };
        using var sa = new EspOutboundSa(tunnel);
        byte[] room = Room(original);
        (int offset, int length) = (Headroom, original.Length);
        _ = EspSealer.SealTunnel(sa, new EspTunnelEnds(VtepAddress.Parse("192.0.2.1"), VtepAddress.Parse("192.0.2.2")), room, ref offset, ref length, plain);
        Assert.Equal(EspStatus.WrongPayload, Open(Opener(transport), room.AsSpan(offset, length).ToArray()));
        Assert.Throws<ArgumentException>(() => { (int o, int l) = (Headroom, 60); _ = EspSealer.SealTransport(sa, room, ref o, ref l, plain); });
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Nested_ESP_is_not_delivered()
    {
        EspSaOptions options = Options(EspMode.Transport, null);
        byte[] once = Sealed(options, Convert.FromHexString(TunnelVectors.OvsVxlan), out _);
        byte[] twice = Sealed(options with { Spi = 0x2000 }, once, out _);
        Assert.Equal(EspStatus.WrongPayload, Open(Opener(options with { Spi = 0x2000 }), twice));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc9611_Any_source_port_is_accepted_and_the_address_is_left_to_the_caller()
    {
        EspSaOptions options = Options(EspMode.Transport, new EspUdpPorts(50_000)) with { Owner = 3 };
        byte[] frame = Sealed(options, Convert.FromHexString(TunnelVectors.OvsVxlan), out PacketLayout layout);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(layout.L4Offset), 1234);
        frame[29] ^= 1; // another source address, which the tag does not cover
        FixHeaderChecksum(frame);
        Assert.Equal(EspStatus.Ok, Opener(options).Open(frame, layout, out OpenedFrame opened));
        Assert.Equal(3, opened.Owner);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4301_Section4_1_The_SPI_alone_names_the_association_whatever_address_a_packet_is_sent_to()
    {
        EspSaOptions options = Options(EspMode.Transport, new EspUdpPorts(50_000));
        EspOpener opener = Opener(options);
        byte[] frame = Sealed(options, Convert.FromHexString(TunnelVectors.OvsVxlan), out PacketLayout layout);
        byte[] elsewhere = [.. frame];
        elsewhere[33] ^= 1;
        FixHeaderChecksum(elsewhere);
        Assert.Equal(EspStatus.Ok, opener.Open(frame, layout, out _));
        // To another address, it is the same packet again.
        Assert.Equal(EspStatus.ReplayDuplicate, opener.Open(elsewhere, layout, out _));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile), MemberData(nameof(OuterFrames))]
    public void No_flipped_bit_of_ESP_is_delivered(string hex, bool inUdp)
    {
        EspSaOptions options = Options(EspMode.Transport, inUdp ? new EspUdpPorts(50_123) : null);
        byte[] frame = Sealed(options, Convert.FromHexString(hex), out PacketLayout layout);
        EspOpener opener = Opener(options);
        for (int bit = (layout.L4Offset + (inUdp ? 8 : 0)) * 8; bit < layout.EndOffset * 8; bit++)
        {
            byte[] forged = [.. frame];
            forged[bit / 8] ^= (byte)(0x80 >> (bit % 8));
            EspStatus status = opener.Open(forged, layout, out _);
            Assert.True(status is EspStatus.AuthenticationFailed or EspStatus.UnknownSpi or EspStatus.ReplayOld, $"bit {bit}: {status}");
        }

        Assert.Equal(EspStatus.Ok, opener.Open(frame, layout, out _));
        Assert.Equal(1, opener.Counters.Opened);
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Arbitrary_and_damaged_frames_are_counted_once_and_never_opened()
    {
        EspSaOptions options = Options(EspMode.Transport, new EspUdpPorts(50_123));
        byte[] good = Sealed(options, Convert.FromHexString(TunnelVectors.OvsVxlan), out _);
        EspOpener opener = Opener(options with { Spi = 0x9999 });
        int calls = 0;
        Prop.ForAll(
            Arb.From(
                from cut in Gen.Choose(14, good.Length)
                from at in Gen.Choose(12, good.Length - 1)
                from value in Gen.Choose(0, 255)
                from noise in Gen.Choose(0, 255).ListOf()
                select (cut, at, value, noise)),
            c =>
            {
                byte[] frame = [.. good, .. c.noise.Select(b => (byte)b)];
                frame[c.at] = (byte)c.value;
                frame = frame[..c.cut];
                if (PacketLayout.TryParse(frame, out PacketLayout layout))
                {
                    Assert.NotEqual(EspStatus.Ok, opener.Open(frame, layout, out _));
                    calls++;
                    Assert.Equal(calls, opener.Counters.Total);
                }
            }).Check(Chance.Of(2000));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Want_of_room_and_oversize_are_verdicts()
    {
        EspSaOptions options = Options(EspMode.Transport, new EspUdpPorts(50_123));
        using var sa = new EspOutboundSa(options);
        byte[] original = Convert.FromHexString(TunnelVectors.OvsVxlan);
        _ = PacketLayout.TryParse(original, out PacketLayout layout);
        byte[] tight = [.. new byte[23], .. original, .. new byte[40]];
        (int offset, int length) = (23, original.Length);
        Assert.Equal(EspStatus.NoRoom, EspSealer.SealTransport(sa, tight, ref offset, ref length, layout));
        byte[] noTail = [.. new byte[Headroom], .. original, .. new byte[17]];
        offset = Headroom;
        Assert.Equal(EspStatus.NoRoom, EspSealer.SealTransport(sa, noTail, ref offset, ref length, layout));
        Assert.Equal((Headroom, original.Length), (offset, length));
        byte[] arp = Convert.FromHexString("ffffffffffff020000000001" + "0806" + "0001080006040001020000000001c0000201000000000000c0000202");
        Assert.True(PacketLayout.TryParse(arp, out layout));
        byte[] room = Room(arp);
        (offset, length) = (Headroom, arp.Length);
        Assert.Equal(EspStatus.Unsuitable, EspSealer.SealTransport(sa, room, ref offset, ref length, layout));
        Assert.Equal(1ul, sa.NextSequence);
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void A_frame_allocates_nothing()
    {
        EspSaOptions options = Options(EspMode.Transport, new EspUdpPorts(50_123));
        using var sa = new EspOutboundSa(options);
        EspOpener opener = Opener(options);
        byte[] original = Convert.FromHexString(TunnelVectors.OvsVxlan);
        _ = PacketLayout.TryParse(original, out PacketLayout plain);
        byte[] room = Room(original);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                original.CopyTo(room, Headroom);
                (int offset, int length) = (Headroom, original.Length);
                _ = EspSealer.SealTransport(sa, room, ref offset, ref length, plain);
                Span<byte> frame = room.AsSpan(offset, length);
                _ = PacketLayout.TryParse(frame, out PacketLayout layout);
                _ = opener.Open(frame, layout, out _);
                _ = opener.Open(frame, layout, out _);
            }
        }));
        Assert.True(opener.Counters.Opened >= 10_000);
    }

    internal static EspSaOptions Options(EspMode mode, EspUdpPorts? udp) => new()
    {
        Spi = 0x1234,
        Algorithm = AeadAlgorithm.Aes128Gcm,
        KeyMaterial = Convert.FromHexString("000102030405060708090a0b0c0d0e0f" + "cafebabe"),
        Mode = mode,
        Udp = udp,
    };

    internal static EspOpener Opener(params EspSaOptions[] options)
    {
        var database = new SecurityAssociationDatabase(16, Seed);
        foreach (EspSaOptions each in options)
        {
            Assert.True(database.TryAdd(new EspInboundSa(each)));
        }

        return new EspOpener(database);
    }

    internal static byte[] Sealed(EspSaOptions options, byte[] original, out PacketLayout layout)
    {
        using var sa = new EspOutboundSa(options);
        return Sealed(sa, original, out layout);
    }

    internal static byte[] Sealed(EspOutboundSa sa, byte[] original, out PacketLayout layout)
    {
        Assert.True(PacketLayout.TryParse(original, out PacketLayout plain));
        byte[] room = Room(original);
        (int offset, int length) = (Headroom, original.Length);
        Assert.Equal(EspStatus.Ok, EspSealer.SealTransport(sa, room, ref offset, ref length, plain));
        byte[] frame = room.AsSpan(offset, length).ToArray();
        Assert.True(PacketLayout.TryParse(frame, out layout));
        return frame;
    }

    private static void FixHeaderChecksum(byte[] frame)
    {
        frame.AsSpan(24, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), InternetChecksum.Compute(frame.AsSpan(14, 20)));
    }

    private static byte[] Room(byte[] frame) => [.. new byte[Headroom], .. frame, .. new byte[EspSealer.MaxTailroom]];

    private static EspStatus Open(EspOpener opener, byte[] frame)
    {
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return opener.Open(frame, layout, out _);
    }

    private static byte[] Datagram(byte[] payload, ushort port = EspHeader.UdpPort)
    {
        byte[] frame = new byte[42 + payload.Length];
        Convert.FromHexString("020000000002" + "020000000001" + "0800").CopyTo(frame, 0);
        var ip = new IPv4Header
        {
            PayloadLength = 8 + payload.Length,
            TimeToLive = 64,
            Protocol = IpProtocol.Udp,
            Source = IPv4Address.Parse("192.0.2.1"),
            Destination = IPv4Address.Parse("192.0.2.2"),
        };
        _ = ip.Write(frame.AsSpan(14));
        _ = new UdpHeader(50_000, port, payload.Length).Write(frame.AsSpan(34));
        payload.CopyTo(frame, 42);
        return frame;
    }
}
