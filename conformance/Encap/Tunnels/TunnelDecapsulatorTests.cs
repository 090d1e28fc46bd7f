using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

public sealed class TunnelDecapsulatorTests
{
    private static readonly VtepOptions Vxlan = TunnelVectors.OvsReceiver(TunnelProtocol.Vxlan);
    private static readonly VtepOptions Geneve = TunnelVectors.OvsReceiver(TunnelProtocol.Geneve);
    private static readonly byte[] VxlanFrame = TunnelVectors.Bytes(TunnelVectors.OvsVxlan);

    /// <summary>Open vSwitch's Geneve frame without its checksum, so that bytes may be changed.</summary>
    private static readonly byte[] GeneveFrame = TunnelVectors.With(TunnelVectors.Bytes(TunnelVectors.OvsGeneve), (40, 0), (41, 0));

    private static readonly byte[] OptionFrame = TunnelVectors.With(TunnelVectors.Bytes(TunnelVectors.OvsGeneveCriticalOption), (40, 0), (41, 0));

    public static TheoryData<string, VtepOptions, string, uint, string, int> Foreign => new()
    {
        { "Open vSwitch Geneve with checksum", Geneve, TunnelVectors.OvsGeneve, 123, "1.1.2.88", 50 },
        { "Open vSwitch VXLAN", Vxlan, TunnelVectors.OvsVxlan, 456, "1.1.2.88", 50 },
        { "Open vSwitch Geneve over IPv6", TunnelVectors.OvsReceiver(TunnelProtocol.Geneve, ipv6: true), TunnelVectors.OvsGeneveIPv6, 789, "2001:cafe::88", 70 },
        { "kernel VXLAN with checksum", TunnelVectors.KernelReceiver, TunnelVectors.KernelVxlan, 100, "192.0.2.1", 50 },
        { "kernel VXLAN over IPv6", TunnelVectors.KernelReceiverIPv6, TunnelVectors.KernelVxlanIPv6, 200, "2001:db8::1", 70 },
    };

    [Theory, Trait(Kind.Key, Kind.Corpus), MemberData(nameof(Foreign))]
    public void Frames_of_other_implementations_give_their_inner_frame(string from, VtepOptions options, string hex, uint vni, string source, int innerOffset)
    {
        byte[] frame = TunnelVectors.Bytes(hex);

        Assert.Equal(DecapVerdict.Decapsulated, TunnelVectors.Decapsulate(options, frame, out DecapsulatedFrame result));
        Assert.Equal((from, vni, VtepAddress.Parse(source), innerOffset), (from, result.Vni, result.Source, result.InnerOffset));
        Assert.Equal(frame.Length - innerOffset, result.InnerLength);
        Assert.Equal(TunnelVectors.Bytes(hex), frame);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7348_Section5_The_I_flag_must_be_set() =>
        Assert.Equal(DecapVerdict.VniFlagMissing, TunnelVectors.Decapsulate(Vxlan, TunnelVectors.With(VxlanFrame, (42, 0xF7))));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7348_Section5_All_other_bits_are_ignored()
    {
        byte[] frame = TunnelVectors.With(VxlanFrame, (42, 0xFF), (43, 0xFF), (44, 0xFF), (45, 0xFF), (49, 0xFF));

        Assert.Equal(DecapVerdict.Decapsulated, TunnelVectors.Decapsulate(Vxlan, frame, out DecapsulatedFrame result));
        Assert.Equal(456u, result.Vni);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7348_Section4_3_Outer_fragments_are_refused()
    {
        byte[] first = Recheck(TunnelVectors.With(VxlanFrame, (20, 0x20)));
        byte[] later = Recheck(TunnelVectors.With(VxlanFrame, (20, 0x00), (21, 0x05)));

        Assert.Equal(DecapVerdict.OuterFragment, TunnelVectors.Decapsulate(Vxlan, first));
        Assert.Equal(DecapVerdict.OuterFragment, TunnelVectors.Decapsulate(Vxlan, later));
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(0x40)]
    [InlineData(0x80)]
    [InlineData(0xC0)]
    public void Rfc8926_Section3_4_Other_versions_are_dropped(byte first) =>
        Assert.Equal(DecapVerdict.TunnelVersion, TunnelVectors.Decapsulate(Geneve, TunnelVectors.With(GeneveFrame, (42, first))));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_4_Control_packets_are_not_forwarded() =>
        Assert.Equal(DecapVerdict.ControlPacket, TunnelVectors.Decapsulate(Geneve, TunnelVectors.With(GeneveFrame, (43, 0x80))));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_4_Reserved_bits_are_ignored() =>
        Assert.Equal(DecapVerdict.Decapsulated, TunnelVectors.Decapsulate(Geneve, TunnelVectors.With(GeneveFrame, (43, 0x3F), (49, 0xFF))));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_4_Only_Ethernet_payloads_are_delivered() =>
        Assert.Equal(DecapVerdict.UnknownPayload, TunnelVectors.Decapsulate(Geneve, TunnelVectors.With(GeneveFrame, (44, 0x08), (45, 0x00))));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_5_1_An_unknown_critical_option_drops_the_packet_of_Open_vSwitch() =>
        Assert.Equal(
            DecapVerdict.UnknownCriticalOption,
            TunnelVectors.Decapsulate(Geneve, TunnelVectors.Bytes(TunnelVectors.OvsGeneveCriticalOption)));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_5_1_The_option_type_decides_even_if_the_C_flag_is_clear() =>
        Assert.Equal(DecapVerdict.UnknownCriticalOption, TunnelVectors.Decapsulate(Geneve, TunnelVectors.With(OptionFrame, (43, 0))));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_5_An_option_that_is_not_critical_is_ignored_and_can_be_read()
    {
        byte[] frame = TunnelVectors.With(OptionFrame, (43, 0), (52, 0x46));

        Assert.Equal(DecapVerdict.Decapsulated, TunnelVectors.Decapsulate(Geneve, frame, out DecapsulatedFrame result));
        Assert.Equal(TunnelVectors.OvsInner, Convert.ToHexStringLower(frame.AsSpan(result.InnerOffset, result.InnerLength)));
        Assert.Equal("010446020000000c00000007", Convert.ToHexStringLower(frame.AsSpan(result.OptionsOffset, result.OptionsLength)));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_5_An_option_that_overruns_the_options_drops_the_packet() =>
        Assert.Equal(DecapVerdict.OptionOverrun, TunnelVectors.Decapsulate(Geneve, TunnelVectors.With(OptionFrame, (43, 0), (52, 0x46), (53, 3))));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8926_Section3_4_Options_that_overrun_the_packet_drop_it() =>
        Assert.Equal(DecapVerdict.TunnelTruncated, TunnelVectors.Decapsulate(Geneve, TunnelVectors.With(GeneveFrame, (42, 63))));

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc6936_Section4_A_zero_checksum_over_IPv6_is_refused_unless_allowed()
    {
        VtepOptions strict = TunnelVectors.OvsReceiver(TunnelProtocol.Geneve, ipv6: true);
        byte[] frame = TunnelVectors.With(TunnelVectors.Bytes(TunnelVectors.OvsGeneveIPv6), (60, 0), (61, 0));

        Assert.Equal(DecapVerdict.UdpChecksumZero, TunnelVectors.Decapsulate(strict, frame));
        Assert.Equal(DecapVerdict.Decapsulated, TunnelVectors.Decapsulate(strict with { AcceptZeroChecksumOverIPv6 = true }, frame));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile), MemberData(nameof(Foreign))]
    public void A_flipped_bit_anywhere_behind_a_checksum_is_noticed(string from, VtepOptions options, string hex, uint vni, string source, int innerOffset)
    {
        byte[] frame = TunnelVectors.Bytes(hex);
        int udp = innerOffset - 16;
        Assert.NotEmpty(from + vni + source);
        if ((frame[udp + 6] | frame[udp + 7]) == 0)
        {
            return;
        }

        for (int bit = (udp + 8) * 8; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(DecapVerdict.UdpChecksum, TunnelVectors.Decapsulate(options, frame));
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData("another MAC address", 0, 0x02, DecapVerdict.NotForMe)]
    [InlineData("another UDP port", 37, 0xb6, DecapVerdict.NotTunnel)]
    [InlineData("a UDP length beyond the packet", 38, 0x7f, DecapVerdict.OuterMalformed)]
    [InlineData("a wrong header checksum", 24, 0x00, DecapVerdict.OuterHeaderChecksum)]
    public void A_changed_byte_has_its_own_reason(string what, int offset, byte value, DecapVerdict expected)
    {
        Assert.NotEmpty(what);
        Assert.Equal(expected, TunnelVectors.Decapsulate(Vxlan, TunnelVectors.With(VxlanFrame, (offset, value))));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData(224)]
    [InlineData(255)]
    [InlineData(127)]
    [InlineData(0)]
    public void A_source_that_no_host_can_have_is_refused(byte first)
    {
        byte[] frame = Recheck(TunnelVectors.With(VxlanFrame, (26, first), (27, 255), (28, 255), (29, 255)));
        Assert.Equal(DecapVerdict.OuterSource, TunnelVectors.Decapsulate(Vxlan, frame));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_frame_to_another_address_or_with_a_VLAN_tag_is_not_ours()
    {
        byte[] other = Recheck(TunnelVectors.With(VxlanFrame, (33, 93)));
        byte[] tagged = [.. VxlanFrame.AsSpan(0, 12), 0x81, 0x00, 0x00, 0x05, .. VxlanFrame.AsSpan(12)];
        byte[] priority = [.. VxlanFrame.AsSpan(0, 12), 0x81, 0x00, 0xA0, 0x00, .. VxlanFrame.AsSpan(12)];

        Assert.Equal(DecapVerdict.NotForMe, TunnelVectors.Decapsulate(Vxlan, other));
        Assert.Equal(DecapVerdict.NotForMe, TunnelVectors.Decapsulate(Vxlan, tagged));
        Assert.Equal(DecapVerdict.Decapsulated, TunnelVectors.Decapsulate(Vxlan, priority));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile), MemberData(nameof(Foreign))]
    public void Every_truncation_has_a_reason_and_none_faults(string from, VtepOptions options, string hex, uint vni, string source, int innerOffset)
    {
        Assert.NotEmpty(from + vni + source + innerOffset);
        byte[] frame = TunnelVectors.Bytes(hex);
        for (int length = 0; length < frame.Length; length++)
        {
            byte[] cut = frame[..length];
            if (PacketLayout.TryParse(cut, out PacketLayout layout))
            {
                Assert.NotEqual(DecapVerdict.Decapsulated, new TunnelDecapsulator(options).Decapsulate(cut, layout, out _));
            }
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Inner_frames_that_end_inside_their_header_are_runts()
    {
        for (int inner = 0; inner < 14; inner++)
        {
            byte[] frame = VxlanFrame[..(50 + inner)];
            frame[17] = (byte)(36 + inner);
            frame[39] = (byte)(16 + inner);
            Assert.Equal(DecapVerdict.InnerRunt, TunnelVectors.Decapsulate(Vxlan, Recheck(frame)));
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Random_damage_never_faults_and_every_frame_is_counted_once()
    {
        var random = new Random(1);
        var decapsulator = new TunnelDecapsulator(Geneve);
        const int Frames = 20_000;
        int parsed = 0;
        for (int i = 0; i < Frames; i++)
        {
            byte[] frame = [.. OptionFrame];
            for (int flips = random.Next(1, 9); flips > 0; flips--)
            {
                frame[random.Next(frame.Length)] ^= (byte)(1 << random.Next(8));
            }

            if (PacketLayout.TryParse(frame, out PacketLayout layout))
            {
                parsed++;
                _ = decapsulator.Decapsulate(frame, layout, out _);
            }
        }

        Assert.Equal(parsed, Total(decapsulator.Counters));
    }

    private static long Total(in DecapCounters counters) => counters.Decapsulated + counters.NotForMe + counters.NotTunnel + counters.OuterMalformed
        + counters.OuterHeaderChecksum + counters.OuterFragment + counters.OuterSource + counters.UdpChecksum + counters.UdpChecksumZero
        + counters.TunnelTruncated + counters.VniFlagMissing + counters.TunnelVersion + counters.OptionOverrun + counters.UnknownCriticalOption
        + counters.ControlPacket + counters.UnknownPayload + counters.InnerRunt + counters.CongestionDrop;

    private static byte[] Recheck(byte[] frame)
    {
        frame[24] = frame[25] = 0;
        ushort checksum = InternetChecksum.Compute(frame.AsSpan(14, 20));
        (frame[24], frame[25]) = ((byte)(checksum >> 8), (byte)checksum);
        return frame;
    }
}
