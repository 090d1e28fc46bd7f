using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>Probes as echo requests, and which answers count.</summary>
public sealed class PathProberTests
{
    private static readonly MacAddress OwnMac = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress FarMac = MacAddress.Parse("02:00:00:00:00:02");

    public static TheoryData<string, string, int> Families => new() { { "192.0.2.1", "192.0.2.2", 1200 }, { "192.0.2.1", "192.0.2.2", 9000 }, { "2001:db8::1", "2001:db8::2", 1280 } };

    [Theory, Trait(Kind.Key, Kind.Rfc), MemberData(nameof(Families))]
    public void Rfc8899_Section6_1_A_probe_is_an_unfragmentable_packet_of_the_length_that_is_asked_for(string own, string far, int bytes)
    {
        PathProber prober = Prober(own);
        byte[] frame = Probe(prober, far, bytes);
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.Equal((LayoutError.None, 14 + bytes), (layout.Error, (int)layout.EndOffset));
        if (layout.IsIPv4)
        {
            Assert.True(IPv4View.TryParse(frame.AsSpan(14), out IPv4View ip) && ip.DontFragment && ip.IsChecksumValid);
        }

        // Whoever answers pings answers it; ours among them.
        var responder = new EchoResponder(VtepAddress.Parse(far), FarMac);
        Assert.True(responder.TryAnswer(frame, layout));
        Assert.True(prober.TryReadAnswer(frame, layout, out VtepAddress remote, out int path, out uint token));
        Assert.Equal((VtepAddress.Parse(far), 3, 77u), (remote, path, token));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile), MemberData(nameof(Families))]
    public void No_answer_with_a_flipped_bit_in_what_it_says_counts(string own, string far, int bytes)
    {
        PathProber prober = Prober(own);
        byte[] frame = Answered(prober, far, bytes, out PacketLayout layout);
        for (int bit = 0; bit < 16 * 8; bit++)
        {
            byte[] forged = [.. frame];
            forged[layout.L4Offset + 8 + (bit / 8)] ^= (byte)(1 << (bit % 8));
            Assert.False(prober.TryReadAnswer(Sealed(forged, layout), layout, out _, out _, out _), $"bit {bit}");
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Answers_to_others_from_others_cut_off_or_damaged_do_not_count()
    {
        PathProber prober = Prober("192.0.2.1");
        byte[] answer = Answered(prober, "192.0.2.2", 1200, out PacketLayout layout);
        Assert.False(new PathProber(VtepAddress.Parse("192.0.2.1"), OwnMac, new HashSeed(5, 6)).TryReadAnswer(answer, layout, out _, out _, out _)); // another secret
        foreach ((int offset, string what) in ((int, string)[])[(5, "to another machine"), (29, "from another host"), (33, "to another address"), (34, "no echo reply"), (35, "a code"), (38, "another identifier")])
        {
            byte[] other = [.. answer];
            other[offset] ^= 0x10;
            Assert.False(prober.TryReadAnswer(Sealed(other, layout), layout, out _, out _, out _), what);
        }

        byte[] damaged = [.. answer];
        damaged[1000] ^= 1;
        Assert.False(prober.TryReadAnswer(damaged, layout, out _, out _, out _));
        for (int length = 0; length < 60; length++)
        {
            _ = PacketLayout.TryParse(answer.AsSpan(0, length), out PacketLayout cut);
            Assert.False(prober.TryReadAnswer(answer.AsSpan(0, length), cut, out _, out _, out _));
        }
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8899_Section4_1_A_probe_that_could_not_leave_is_asked_for_again_and_not_counted_as_lost()
    {
        var start = Timestamp.FromSeconds(100);
        var table = new PathMtuTable(new PathMtuOptions { Address = VtepAddress.Parse("192.0.2.1"), UdpPort = 6081, MaxMtuBytes = 1500, Probing = true, MaxProbes = 1 });
        int path = table.Track(VtepAddress.Parse("192.0.2.2"), start);
        for (int second = 0; second < 100; second++)
        {
            Timestamp now = start + TimeSpan.FromSeconds(second);
            Assert.True(table.TryAdvance(now, out PathMtuEvent probe));
            Assert.Equal(1200, probe.Bytes);
            table.Postpone(path, probe.Token, now + TimeSpan.FromSeconds(1));
            Assert.False(table.TryAdvance(now, out _));
            Assert.False(table.OnProbeAnswer(path, probe.Token, now));
        }

        Assert.Equal((0, 0), (table.Counters.Probes, table.Counters.SizesLost));
        Assert.Equal(1200, table.MtuOf(path));
        table.Postpone(path, 12345, start);
        table.Postpone(-1, 0, start);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Mistakes_of_the_caller_are_named()
    {
        PathProber prober = Prober("192.0.2.1");
        var probe = new PathMtuEvent(0, IsProbe: true, 1200, 1);
        Assert.Throws<ArgumentException>(() => prober.Write(VtepAddress.Parse("192.0.2.2"), FarMac, probe, new byte[1200]));
        Assert.Throws<ArgumentException>(() => prober.Write(VtepAddress.Parse("2001:db8::2"), FarMac, probe, new byte[1214]));
        Assert.Throws<ArgumentException>(() => prober.Write(VtepAddress.Parse("192.0.2.2"), FarMac, probe with { IsProbe = false }, new byte[1214]));
        Assert.Throws<ArgumentException>(() => new PathProber(VtepAddress.Parse("224.0.0.1"), OwnMac, new HashSeed(1, 2)));
    }

    private static PathProber Prober(string own) => new(VtepAddress.Parse(own), OwnMac, new HashSeed(1, 2));

    private static byte[] Probe(PathProber prober, string far, int bytes)
    {
        var probe = new PathMtuEvent(3, IsProbe: true, bytes, 77);
        byte[] frame = new byte[PathProber.FrameBytes(probe)];
        prober.Write(VtepAddress.Parse(far), FarMac, probe, frame);
        return frame;
    }

    private static byte[] Answered(PathProber prober, string far, int bytes, out PacketLayout layout)
    {
        byte[] frame = Probe(prober, far, bytes);
        Assert.True(PacketLayout.TryParse(frame, out layout));
        Assert.True(new EchoResponder(VtepAddress.Parse(far), FarMac).TryAnswer(frame, layout));
        return frame;
    }

    /// <summary>As a forger would send it: with right checksums.</summary>
    private static byte[] Sealed(byte[] frame, in PacketLayout layout)
    {
        Span<byte> icmp = frame.AsSpan(layout.L4Offset..layout.EndOffset);
        icmp.Slice(2, 2).Clear();
        uint pseudoHeader = 0;
        if (layout.IsIPv4)
        {
            frame.AsSpan(24, 2).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), InternetChecksum.Compute(frame.AsSpan(14, 20)));
        }
        else
        {
            pseudoHeader = InternetChecksum.PseudoHeader(IPv6Address.Read(frame.AsSpan(22)), IPv6Address.Read(frame.AsSpan(38)), IpProtocol.IcmpV6, icmp.Length);
        }

        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], InternetChecksum.Compute(icmp, pseudoHeader));
        return frame;
    }
}
