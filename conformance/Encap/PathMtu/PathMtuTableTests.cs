using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>Path MTUs from messages (RFC 1191, RFC 8201) and from probes (RFC 8899).</summary>
public sealed class PathMtuTableTests
{
    private static readonly VtepAddress Local = VtepAddress.Parse("192.0.2.1");
    private static readonly VtepAddress Remote = VtepAddress.Parse("198.51.100.2");
    private static readonly VtepAddress Local6 = VtepAddress.Parse("2001:db8::1");
    private static readonly VtepAddress Remote6 = VtepAddress.Parse("2001:db8:1::2");
    private static readonly Timestamp Start = Timestamp.FromSeconds(100);

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(1400, 1500, 1400)]
    [InlineData(1500, 1500, 1500)] // nothing new
    [InlineData(9000, 1500, 1500)] // never larger
    [InlineData(68, 1500, 68)]
    [InlineData(20, 1500, 68)] // below the least IPv4 MTU
    [InlineData(0, 1500, 1492)] // a router that names none: the next plateau below the packet's length
    [InlineData(0, 1492, 1006)]
    [InlineData(0, 600, 508)]
    public void Rfc1191_Section4_And_7_The_mtu_named_or_the_plateau_below_counts(ushort named, ushort quotedLength, int expected)
    {
        PathMtuTable table = Table();
        int path = table.Track(Remote, Start);
        PathMtuVerdict verdict = Offer(table, IPv4(named, quotedLength), Start, out int lowered);
        Assert.Equal(expected < 1500 ? PathMtuVerdict.Lowered : PathMtuVerdict.Unchanged, verdict);
        Assert.Equal(expected < 1500 ? path : lowered, lowered);
        Assert.Equal(expected, table.MtuOf(path));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc1191_Section6_3_A_path_is_tried_larger_after_ten_minutes_and_never_within_five()
    {
        PathMtuTable table = Table();
        int path = table.Track(Remote, Start);
        Offer(table, IPv4(1400), Start, out _);
        Assert.False(table.TryAdvance(Start + TimeSpan.FromMinutes(9.9), out _));
        Assert.Equal(1400, table.MtuOf(path));
        Assert.Equal(Start + TimeSpan.FromMinutes(10), table.NextDeadline);
        Assert.True(table.TryAdvance(Start + TimeSpan.FromMinutes(10), out PathMtuEvent change));
        Assert.Equal(new PathMtuEvent(path, false, 1500, 0), change);
        Assert.False(table.TryAdvance(Start + TimeSpan.FromMinutes(10), out _));
        Assert.Equal(Timestamp.MaxValue, table.NextDeadline);
        Assert.Contains("RaiseAfter", Assert.Throws<ArgumentException>(() => new PathMtuTable(Options() with { RaiseAfter = TimeSpan.FromMinutes(4) })).Message);
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(1400u, PathMtuVerdict.Lowered, 1400)]
    [InlineData(1280u, PathMtuVerdict.Lowered, 1280)]
    [InlineData(1279u, PathMtuVerdict.Refused, 1500)]
    [InlineData(0u, PathMtuVerdict.Refused, 1500)]
    [InlineData(uint.MaxValue, PathMtuVerdict.Unchanged, 1500)]
    public void Rfc8201_Section4_Messages_below_the_least_ipv6_mtu_are_discarded(uint named, PathMtuVerdict expected, int mtu)
    {
        var table = new PathMtuTable(Options() with { Address = Local6 });
        int path = table.Track(Remote6, Start);
        Assert.Equal(expected, Offer(table, IPv6(named), Start, out _));
        Assert.Equal(mtu, table.MtuOf(path));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData(26, "quoted source is not the endpoint")] // offsets count within the ICMP message's quoted packet
    [InlineData(30, "quoted destination is no remote endpoint")]
    [InlineData(9, "quoted protocol is not UDP")]
    [InlineData(22, "quoted destination port is not the tunnel's")]
    [InlineData(20, "quoted source port is out of the range")]
    public void A_message_that_quotes_no_packet_of_ours_is_refused(int offset, string why)
    {
        PathMtuTable table = Table();
        int path = table.Track(Remote, Start);
        byte[] frame = IPv4(1400);
        frame[42 + (offset is 26 or 30 ? offset - 14 : offset)] ^= 0x80;
        Seal(frame);
        Assert.True(PathMtuVerdict.Refused == Offer(table, frame, Start, out _), why);
        Assert.Equal(1500, table.MtuOf(path));
        Assert.Equal(1, table.Counters.Refused);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Damaged_and_foreign_messages_change_nothing_at_any_length()
    {
        PathMtuTable table = Table();
        int path = table.Track(Remote, Start);
        byte[] damaged = IPv4(1400);
        damaged[41] ^= 1;
        Assert.Equal(PathMtuVerdict.Refused, Offer(table, damaged, Start, out _));
        byte[] whole = IPv4(1400);
        for (int length = 0; length < whole.Length; length++)
        {
            _ = Offer(table, whole[..length], Start, out _);
            Assert.Equal(1500, table.MtuOf(path));
        }

        byte[] foreign = IPv4(1400);
        foreign[33] = 9; // to another host
        Seal(foreign);
        Assert.Equal(PathMtuVerdict.NotMine, Offer(table, foreign, Start, out _));
        byte[] unreachable = IPv4(1400);
        unreachable[35] = 3; // port unreachable
        Seal(unreachable);
        Assert.Equal(PathMtuVerdict.NotMine, Offer(table, unreachable, Start, out _));
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(1200)]
    [InlineData(1201)]
    [InlineData(1400)]
    [InlineData(1492)]
    [InlineData(1500)]
    [InlineData(4321)]
    [InlineData(9000)]
    public void Rfc8899_Section5_The_search_ends_within_eight_bytes_below_what_the_path_carries(int carries)
    {
        PathMtuTable table = Probing(9000);
        int path = table.Track(Remote, Start);
        Assert.Equal(1200, table.MtuOf(path)); // BASE_PLPMTU until more is known
        Timestamp now = Walk(table, Start, carries, TimeSpan.FromMinutes(9));
        Assert.InRange(table.MtuOf(path), Math.Max(1200, carries - 7), carries);
        Assert.True(table.Counters.SizesLost <= 12, $"{table.Counters.SizesLost}");
        long probes = table.Counters.Probes;

        // At rest only confirmations are sent.
        Walk(table, now, carries, TimeSpan.FromMinutes(5));
        Assert.InRange(table.Counters.Probes - probes, 1, 11);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8899_Section4_3_A_black_hole_is_found_and_the_base_size_used()
    {
        PathMtuTable table = Probing(9000);
        int path = table.Track(Remote, Start);
        Timestamp now = Walk(table, Start, 9000, TimeSpan.FromSeconds(5));
        Assert.Equal(9000, table.MtuOf(path));

        // The path narrows and nobody says so: MAX_PROBES confirmations are lost.
        now = Walk(table, now, 1500, TimeSpan.FromMinutes(9));
        Assert.Equal(1, table.Counters.BlackHoles);
        Assert.InRange(table.MtuOf(path), 1493, 1500);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8899_Section5_2_Where_not_even_the_base_passes_packets_are_least_and_the_base_is_tried_on()
    {
        PathMtuTable table = Probing(1500);
        int path = table.Track(Remote, Start);
        Timestamp now = Walk(table, Start, 0, TimeSpan.FromMinutes(2));
        Assert.Equal(TunnelPeer.MinPathMtu, table.MtuOf(path));
        Walk(table, now, 1500, TimeSpan.FromMinutes(1));
        Assert.Equal(1500, table.MtuOf(path));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8899_Section4_6_2_A_message_between_the_size_known_and_the_probe_narrows_the_search()
    {
        PathMtuTable table = Probing(9000);
        int path = table.Track(Remote, Start);
        Assert.True(table.TryAdvance(Start, out PathMtuEvent probe));
        table.OnProbeAnswer(path, probe.Token, Start);
        Assert.True(table.TryAdvance(Start, out probe));
        Assert.Equal(9000, probe.Bytes);
        Assert.Equal(PathMtuVerdict.Unchanged, Offer(table, IPv4(1480), Start, out _));
        Assert.True(table.TryAdvance(Start, out probe));
        Assert.Equal(1480, probe.Bytes);
        Assert.True(table.OnProbeAnswer(path, probe.Token, Start));
        Assert.Equal(1480, table.MtuOf(path));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Late_and_invented_answers_change_nothing()
    {
        PathMtuTable table = Probing(9000);
        int path = table.Track(Remote, Start);
        Assert.False(table.OnProbeAnswer(path, 0, Start));
        Assert.True(table.TryAdvance(Start, out PathMtuEvent first));
        Assert.False(table.OnProbeAnswer(path, first.Token + 1, Start));
        Assert.False(table.OnProbeAnswer(path + 1, first.Token, Start));
        Assert.False(table.OnProbeAnswer(-1, first.Token, Start));
        Timestamp later = Start + TimeSpan.FromSeconds(15);
        Assert.True(table.TryAdvance(later, out PathMtuEvent second));
        Assert.False(table.OnProbeAnswer(path, first.Token, later));
        Assert.Equal(0, table.Counters.Answers);
        _ = table.OnProbeAnswer(path, second.Token, later);
        Assert.Equal(1, table.Counters.Answers);
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void Messages_probes_and_answers_allocate_nothing()
    {
        PathMtuTable table = Probing(9000);
        int path = table.Track(Remote, Start);
        byte[] frame = IPv4(1480);
        Timestamp now = Start;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                now += TimeSpan.FromSeconds(7);
                while (table.TryAdvance(now, out PathMtuEvent next))
                {
                    if (next.IsProbe && i % 3 != 0)
                    {
                        _ = table.OnProbeAnswer(path, next.Token, now);
                    }
                }

                _ = Offer(table, frame, now, out _);
            }
        }));
    }

    /// <summary>Lets time pass on a path that answers probes up to a size after 10 ms.</summary>
    private static Timestamp Walk(PathMtuTable table, Timestamp now, int carries, TimeSpan time)
    {
        Timestamp end = now + time;
        while (now < end)
        {
            while (table.TryAdvance(now, out PathMtuEvent next))
            {
                if (next.IsProbe && next.Bytes <= carries)
                {
                    now += TimeSpan.FromMilliseconds(10);
                    _ = table.OnProbeAnswer(next.Path, next.Token, now);
                }
            }

            now = table.NextDeadline > now ? table.NextDeadline : now + TimeSpan.FromMilliseconds(1);
        }

        return end;
    }

    private static PathMtuOptions Options() => new() { Address = Local, UdpPort = 6081, MaxMtuBytes = 1500 };

    private static PathMtuTable Table() => new(Options());

    private static PathMtuTable Probing(int max) => new(Options() with { Probing = true, MaxMtuBytes = max });

    private static PathMtuVerdict Offer(PathMtuTable table, byte[] frame, Timestamp now, out int path)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        return table.OnPacketTooBig(frame, layout, now, out path);
    }

    /// <summary>"Fragmentation needed" from a router, quoting 28 bytes of a tunnel packet, written byte by byte.</summary>
    private static byte[] IPv4(ushort mtu, ushort quotedLength = 1500)
    {
        byte[] frame = Convert.FromHexString(
            "0200000000010200000000020800" + "45c000380000000040010000c0000201c0000201" + "0304000000000000"
            + "450005dc0000400040110000c0000201c6336402" + "c00117c105c80000");
        IPv4Address.Parse("203.0.113.1").Write(frame.AsSpan(26));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(40), mtu);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(44), quotedLength);
        Seal(frame);
        return frame;
    }

    private static void Seal(byte[] frame)
    {
        frame.AsSpan(24, 2).Clear();
        frame.AsSpan(36, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), InternetChecksum.Compute(frame.AsSpan(14, 20)));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), InternetChecksum.Compute(frame.AsSpan(34)));
    }

    private static byte[] IPv6(uint mtu)
    {
        byte[] quoted = Convert.FromHexString("6000000005b41140" + "20010db8000000000000000000000001" + "20010db8000100000000000000000002" + "c00117c105b41234");
        byte[] frame = new byte[14 + 40 + 8 + quoted.Length];
        Convert.FromHexString("02000000000102000000000286dd" + "6000000000383a40" + "20010db8ffff00000000000000000001" + "20010db8000000000000000000000001" + "02000000").CopyTo(frame, 0);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(58), mtu);
        quoted.CopyTo(frame, 62);
        uint pseudoHeader = InternetChecksum.PseudoHeader(IPv6Address.Parse("2001:db8:ffff::1"), IPv6Address.Parse("2001:db8::1"), IpProtocol.IcmpV6, frame.Length - 54);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(56), InternetChecksum.Compute(frame.AsSpan(54), pseudoHeader));
        return frame;
    }
}
