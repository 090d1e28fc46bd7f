using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.EncapTests;

/// <summary>Security associations against RFC vectors, a real peer's packets and the laws of ESP.</summary>
public sealed class EspTests
{
    private const byte IPv4InEsp = 4;

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void DraftMcgrewGcmTest01_The_packet_is_made_byte_for_byte()
    {
        byte[] inner = Convert.FromHexString(
            "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001000000000000037369700963796265726369747902646b0000010001");
        using var sa = new EspOutboundSa(Options(0xa5f8, AeadAlgorithm.Aes128Gcm, "feffe9928665731c6d6a8f9467308308cafebabe"));
        byte[] packet = new byte[sa.SealedLength(inner.Length)];
        inner.CopyTo(packet, sa.HeaderLength);
        Assert.Equal(EspStatus.Ok, sa.Seal(packet, inner.Length, IPv4InEsp, 0xfacedbaddecaf888, out int written));

        // The vector pads the 62 bytes by none: 62 + 2 is a multiple of four.
        Assert.Equal(
            "0000a5f800000001facedbaddecaf888"
            + "deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd4"
            + "29c737579ff19e58cffc607a3bce8994",
            Convert.ToHexStringLower(packet.AsSpan(0, written)));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7634_AppendixA_The_packet_is_made_byte_for_byte_and_opened()
    {
        byte[] inner = Convert.FromHexString(
            "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec1000073627"
            + "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637");
        EspSaOptions options = Options(0x01020304, AeadAlgorithm.ChaCha20Poly1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3") with { FirstSequence = 5 };
        using var sa = new EspOutboundSa(options);
        byte[] packet = new byte[sa.SealedLength(inner.Length)];
        inner.CopyTo(packet, sa.HeaderLength);
        Assert.Equal(EspStatus.Ok, sa.Seal(packet, inner.Length, IPv4InEsp, 0x1011121314151617, out int written));
        Assert.Equal(
            "01020304000000051011121314151617"
            + "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
            + "cbec163fac469b502773f6fb94e664da9165b82829f641e076aaa8266b7fb0f7b11b369907e1ad43",
            Convert.ToHexStringLower(packet.AsSpan(0, written)));
        using var inbound = new EspInboundSa(options);
        Assert.Equal(EspStatus.Ok, inbound.Open(packet, out EspPayload payload));
        Assert.Equal(inner, packet.AsSpan(payload.Offset, payload.Length).ToArray());
    }

    public static TheoryData<string, uint, AeadAlgorithm, string> StrongSwanAssociations => new()
    {
        { "strongswan-esp-gcm.pcap", 0x8fd55aeb, AeadAlgorithm.Aes128Gcm, "1488ae191e73808abd7814a5fa30d30e1736abd1" },
        { "strongswan-esp-gcm.pcap", 0x17e0a3c3, AeadAlgorithm.Aes128Gcm, "b4fd0f59f0933f8173434677283f5dae92d0bc01" },
        { "strongswan-esp-chapoly.pcap", 0xe1ecd2db, AeadAlgorithm.ChaCha20Poly1305, "21ae2dee12f4821245a1c32bc3bc9e43b9b1efe0ba0bd59d258de51d7799bb0fff2b9b0e" },
        { "strongswan-esp-chapoly.pcap", 0xb118ed69, AeadAlgorithm.ChaCha20Poly1305, "2e0da3cc71397a294c106ff9c49f7a90d397bc3f5b7e7e6cd03e3ec03e5b3a08c066b850" },
    };

    [Theory, Trait(Kind.Key, Kind.Corpus), MemberData(nameof(StrongSwanAssociations))]
    public void StrongSwan_packets_open_and_are_made_again_byte_for_byte(string capture, uint spi, AeadAlgorithm algorithm, string key)
    {
        int opened = 0;
        foreach (byte[] packet in EspPackets(capture, spi))
        {
            foreach (AeadProvider provider in AeadProvider.All.Where(p => p.Supports(algorithm)))
            {
                EspSaOptions options = Options(spi, algorithm, key) with { Provider = provider };
                using var inbound = new EspInboundSa(options);
                byte[] plain = [.. packet];
                Assert.Equal(EspStatus.Ok, inbound.Open(plain, out EspPayload payload));
                Assert.Equal(IPv4InEsp, payload.NextHeader);

                // The inner packet is an IPv4 echo whose own length field says how long it is.
                ReadOnlySpan<byte> inner = plain.AsSpan(payload.Offset, payload.Length);
                Assert.Equal(0x45, inner[0]);
                Assert.Equal(inner.Length, BinaryPrimitives.ReadUInt16BigEndian(inner[2..]));
                Assert.Equal((byte)IpProtocol.Icmp, inner[9]);

                using var outbound = new EspOutboundSa(options with { FirstSequence = payload.Sequence });
                byte[] again = new byte[packet.Length];
                inner.CopyTo(again.AsSpan(outbound.HeaderLength));
                ulong iv = BinaryPrimitives.ReadUInt64BigEndian(packet.AsSpan(8));
                Assert.Equal(EspStatus.Ok, outbound.Seal(again, inner.Length, payload.NextHeader, iv, out int written));
                Assert.Equal(packet, again.AsSpan(0, written).ToArray());
            }

            opened++;
        }

        Assert.Equal(12, opened);
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void What_one_end_seals_the_other_opens()
    {
        var cases = Arb.From(
            from algorithm in Gen.Elements(Enum.GetValues<AeadAlgorithm>())
            from length in Gen.Frequency((8, Gen.Choose(0, 200)), (2, Gen.Choose(0, 9000)))
            from flags in Gen.Choose(0, 3)
            from next in Gen.Elements((byte)4, (byte)41, (byte)6, (byte)17)
            from first in Gen.Elements(1u, 7u, 0xFFFF_FFF0u)
            select (algorithm, length, flags, next, first));
        Prop.ForAll(cases, c =>
        {
            EspSaOptions options = Options(0x1000, c.algorithm, new string('a', 2 * (Aead.KeyLength(c.algorithm) + EspSaOptions.SaltLength))) with
            {
                ExtendedSequence = (c.flags & 1) != 0,
                ImplicitIv = (c.flags & 2) != 0,
                FirstSequence = c.first,
            };
            using var outbound = new EspOutboundSa(options);
            using var inbound = new EspInboundSa(options);
            for (int i = 0; i < 3; i++)
            {
                byte[] packet = new byte[outbound.SealedLength(c.length)];
                packet.AsSpan(outbound.HeaderLength, c.length).Fill((byte)(i + 1));
                Assert.Equal(EspStatus.Ok, outbound.Seal(packet, c.length, c.next, out int written));
                Assert.Equal(packet.Length, written);
                Assert.Equal(0, (written - outbound.HeaderLength - Aead.TagLength) % 4);
                byte[] copy = [.. packet];
                Assert.Equal(EspStatus.Ok, inbound.Open(packet, out EspPayload payload));
                Assert.Equal((c.length, c.next, c.first + (ulong)i), (payload.Length, payload.NextHeader, payload.Sequence));
                Assert.False(packet.AsSpan(payload.Offset, payload.Length).ContainsAnyExcept((byte)(i + 1)));
                Assert.Equal(EspStatus.ReplayDuplicate, inbound.Open(copy, out _));
            }
        }).Check(Chance.Of(300));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Any_flipped_bit_fails_and_leaves_the_window_alone()
    {
        EspSaOptions options = Options(0x1000, AeadAlgorithm.Aes128Gcm, new string('b', 40));
        using var outbound = new EspOutboundSa(options);
        byte[] packet = new byte[outbound.SealedLength(50)];
        Assert.Equal(EspStatus.Ok, outbound.Seal(packet, 50, IPv4InEsp, out _));
        using var inbound = new EspInboundSa(options);
        for (int bit = 0; bit < packet.Length * 8; bit++)
        {
            byte[] forged = [.. packet];
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            EspStatus status = inbound.Open(forged, out _);
            Assert.True(status is EspStatus.AuthenticationFailed or EspStatus.ReplayOld, $"bit {bit}: {status}");
            Assert.Equal(0ul, inbound.HighestSequence);
        }

        Assert.Equal(EspStatus.Ok, inbound.Open(packet, out _));
        Assert.Equal((ulong)packet.Length * 8, inbound.Counters.AuthenticationFailed + inbound.Counters.ReplayOld);
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData(0x1_0000_0800, 0x0000_0001u)] // below the window: read as the next block
    [InlineData(0x1_0000_0800, 0x0000_0400u)]
    [InlineData(0x1_0000_0800, 0xFFFF_FFFFu)] // far ahead
    [InlineData(0x1_0000_0800, 0x0100_0000u)]
    [InlineData(0x2_0000_0010, 0xFFFF_FFF0u)] // in the block before, inside the window
    [InlineData(0x2_0000_0010, 0x0000_0000u)] // the first of its block, not yet seen
    public void Rfc4303_AppendixA2_2_A_number_that_leads_to_a_wrong_guess_fails_authentication_and_moves_nothing(ulong sent, uint forged)
    {
        EspSaOptions options = Options(0x1000, AeadAlgorithm.Aes128Gcm, new string('b', 40)) with { ExtendedSequence = true, FirstSequence = sent };
        using var outbound = new EspOutboundSa(options);
        using var inbound = new EspInboundSa(options);
        // The receiver follows from block to block: each guess is one of at most half a block ahead.
        for (ulong at = 1; at < sent; at += 0x7FFF_FFFF)
        {
            using var earlier = new EspOutboundSa(options with { FirstSequence = at });
            Assert.Equal(EspStatus.Ok, inbound.Open(Packet(earlier), out _));
        }

        byte[] packet = Packet(outbound);
        byte[] again = [.. packet];
        Assert.Equal(EspStatus.Ok, inbound.Open(packet, out _));
        Assert.Equal(sent, inbound.HighestSequence);
        BinaryPrimitives.WriteUInt32BigEndian(again.AsSpan(4), forged);
        Assert.Equal(EspStatus.AuthenticationFailed, inbound.Open(again, out _));
        Assert.Equal(sent, inbound.HighestSequence);
        Assert.Equal(EspStatus.Ok, inbound.Open(Packet(outbound), out _));

        static byte[] Packet(EspOutboundSa sa)
        {
            byte[] packet = new byte[sa.SealedLength(50)];
            Assert.Equal(EspStatus.Ok, sa.Seal(packet, 50, IPv4InEsp, out _));
            return packet;
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Every_truncation_is_refused()
    {
        EspSaOptions options = Options(0x1000, AeadAlgorithm.Aes128Gcm, new string('b', 40));
        using var outbound = new EspOutboundSa(options);
        byte[] packet = new byte[outbound.SealedLength(50)];
        Assert.Equal(EspStatus.Ok, outbound.Seal(packet, 50, IPv4InEsp, out _));
        using var inbound = new EspInboundSa(options);
        for (int length = 0; length < packet.Length; length++)
        {
            EspStatus status = inbound.Open(packet.AsSpan(0, length).ToArray(), out _);
            Assert.Equal(length < 8 + 8 + 2 + 16 ? EspStatus.Truncated : EspStatus.AuthenticationFailed, status);
        }
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(false, 0xFFFF_FFFFUL)]
    [InlineData(true, ulong.MaxValue)]
    public void Rfc4303_Section3_3_3_The_sequence_number_never_cycles(bool extended, ulong last)
    {
        EspSaOptions options = Options(0x1000, AeadAlgorithm.Aes128Gcm, new string('c', 40)) with { ExtendedSequence = extended, FirstSequence = last - 1 };
        using var outbound = new EspOutboundSa(options);
        byte[] packet = new byte[outbound.SealedLength(10)];
        Assert.Equal(EspStatus.Ok, outbound.Seal(packet, 10, IPv4InEsp, out _));
        Assert.Equal(EspStatus.Ok, outbound.Seal(packet, 10, IPv4InEsp, out _));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(EspStatus.SequenceExhausted, outbound.Seal(packet, 10, IPv4InEsp, out int written));
            Assert.Equal(0, written);
        }

        Assert.True(outbound.RekeyDue);
        Assert.Equal(3ul, outbound.Counters.SequenceExhausted);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4303_Section2_6_A_dummy_is_discarded_after_authentication()
    {
        EspSaOptions options = Options(0x1000, AeadAlgorithm.Aes128Gcm, new string('d', 40));
        using var outbound = new EspOutboundSa(options);
        using var inbound = new EspInboundSa(options);
        byte[] packet = new byte[outbound.SealedLength(33)];
        Assert.Equal(EspStatus.Ok, outbound.Seal(packet, 33, 59, out _));
        Assert.Equal(EspStatus.Dummy, inbound.Open(packet, out _));
        Assert.Equal(1ul, inbound.HighestSequence);
        Assert.Equal(1ul, inbound.Counters.Dummies);
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData("aabb000000000304", EspStatus.BadPadding)] // three bytes of padding that do not count 1, 2, 3
    [InlineData("00000000ff04", EspStatus.BadPadding)] // padding longer than the payload
    [InlineData("aaaabbbb01020204", EspStatus.Ok)] // four bytes of payload, padding 1 2
    public void Authentic_padding_is_checked(string plainAndTrailer, EspStatus expected)
    {
        byte[] data = Convert.FromHexString(plainAndTrailer);
        byte[] key = new byte[16];
        byte[] packet = new byte[16 + data.Length + Aead.TagLength];
        BinaryPrimitives.WriteUInt32BigEndian(packet, 0x1000);
        packet[7] = 1;
        data.CopyTo(packet, 16);
        using (Aead cipher = AeadProvider.Best(AeadAlgorithm.Aes128Gcm).Create(AeadAlgorithm.Aes128Gcm, key))
        {
            byte[] nonce = new byte[Aead.NonceLength];
            cipher.Seal(nonce, packet.AsSpan(0, 8), packet.AsSpan(16, data.Length), packet.AsSpan(16 + data.Length));
        }

        using var inbound = new EspInboundSa(Options(0x1000, AeadAlgorithm.Aes128Gcm, new string('0', 40)));
        Assert.Equal(expected, inbound.Open(packet, out _));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4301_Section4_4_2_1_The_hard_lifetime_ends_an_association_and_the_soft_one_asks_for_a_successor()
    {
        EspSaOptions options = Options(0x1000, AeadAlgorithm.Aes128Gcm, new string('e', 40)) with { SoftPackets = 2, HardPackets = 3 };
        using var outbound = new EspOutboundSa(options);
        byte[] packet = new byte[outbound.SealedLength(1)];
        Assert.Equal(EspStatus.Ok, outbound.Seal(packet, 1, IPv4InEsp, out _));
        Assert.False(outbound.RekeyDue);
        Assert.Equal(EspStatus.Ok, outbound.Seal(packet, 1, IPv4InEsp, out _));
        Assert.True(outbound.RekeyDue);
        Assert.Equal(EspStatus.Ok, outbound.Seal(packet, 1, IPv4InEsp, out _));
        Assert.Equal(EspStatus.LifetimeExpired, outbound.Seal(packet, 1, IPv4InEsp, out _));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_buffer_without_room_uses_no_sequence_number()
    {
        using var outbound = new EspOutboundSa(Options(0x1000, AeadAlgorithm.Aes128Gcm, new string('f', 40)));
        byte[] packet = new byte[outbound.SealedLength(10)];
        Assert.Equal(EspStatus.NoRoom, outbound.Seal(packet.AsSpan(1), 10, IPv4InEsp, out _));
        Assert.Equal(EspStatus.NoRoom, outbound.Seal(packet, int.MaxValue, IPv4InEsp, out _));
        Assert.Equal(EspStatus.NoRoom, outbound.Seal(packet, -1, IPv4InEsp, out _));
        Assert.Equal(1ul, outbound.NextSequence);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Wrong_options_are_named_with_their_range()
    {
        EspSaOptions good = Options(0x1000, AeadAlgorithm.Aes128Gcm, new string('0', 40));
        Assert.Contains("256 to 4294967295", Assert.Throws<ArgumentOutOfRangeException>(() => new EspOutboundSa(good with { Spi = 255 })).Message);
        Assert.Contains("16 bytes of key and 4 of salt", Assert.Throws<ArgumentException>(() => new EspInboundSa(good with { KeyMaterial = new byte[16] })).Message);
        Assert.Contains("1 to 4294967295", Assert.Throws<ArgumentOutOfRangeException>(() => new EspOutboundSa(good with { FirstSequence = 1UL << 32 })).Message);
        Assert.Contains("32 to 8192", Assert.Throws<ArgumentOutOfRangeException>(() => new EspInboundSa(good with { ReplayWindow = 16 })).Message);
        Assert.DoesNotContain("0000", good.ToString().Replace("00001000", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void A_packet_allocates_nothing()
    {
        EspSaOptions options = Options(0x1000, AeadAlgorithm.Aes128Gcm, new string('0', 40));
        using var outbound = new EspOutboundSa(options);
        using var inbound = new EspInboundSa(options);
        byte[] packet = new byte[outbound.SealedLength(1400)];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                outbound.Seal(packet, 1400, IPv4InEsp, out int written);
                inbound.Open(packet.AsSpan(0, written), out _);
                inbound.Open(packet.AsSpan(0, written), out _);
            }
        }));
    }

    private static EspSaOptions Options(uint spi, AeadAlgorithm algorithm, string keyMaterial) => new()
    {
        Spi = spi,
        Algorithm = algorithm,
        KeyMaterial = Convert.FromHexString(keyMaterial),
    };

    /// <summary>ESP packets of one association, taken out of UDP in IPv4 in Ethernet by their fixed offsets.</summary>
    private static List<byte[]> EspPackets(string capture, uint spi)
    {
        const int EspOffset = 14 + 20 + 8;
        var packets = new List<byte[]>();
        using PcapReader reader = PcapReader.Open(Repository.File($"pcaps/{capture}"));
        while (reader.TryRead(out PcapPacket packet))
        {
            ReadOnlySpan<byte> frame = packet.Data;
            if (frame.Length > EspOffset + 8
                && BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) == (ushort)EtherType.IPv4
                && frame[23] == (byte)IpProtocol.Udp
                && BinaryPrimitives.ReadUInt32BigEndian(frame[EspOffset..]) == spi)
            {
                packets.Add(frame[EspOffset..(14 + BinaryPrimitives.ReadUInt16BigEndian(frame[16..]))].ToArray());
            }
        }

        return packets;
    }
}
